# SPDX-License-Identifier: GPL-3.0-or-later
"""A NetworkPolicy lets a pod talk to pods alone, and the answer it wants is outside."""

from __future__ import annotations

from podnet_lab.changes import Nft, Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import policy, serving

POLICY = policy("asker-1", policyTypes=["Egress"], egress=[{"to": [{"namespaceSelector": {}}]}])
BODY = """
chain postrouting {
type filter hook postrouting priority -5; policy accept;
ip saddr <asker-1> ip daddr != 10.244.0.0/16 ct state new drop
}
"""


class FaultClass(Made):
    """A NetworkPolicy lets a pod talk to pods alone, and the answer it wants is outside."""

    truth = Truth(
        id="network-policy-deny",
        location={"node": "node-1", "namespace": "default", "pod": "asker-1"},
        source="pod:default/asker-1",
        destination="198.51.100.10",
        port=22,
    )
    modes = ("nftables", "host-gw")
    scene = (serving("asker-1", "node-1"),)
    changes = (Objects((POLICY,)), Nft("node-1", "inet", BODY, "kube-network-policies"))
