# SPDX-License-Identifier: GPL-3.0-or-later
"""A NetworkPolicy lets a pod ask the API server at its cluster address, and sees the one behind it.

Public report: cilium/cilium#33525, projectcalico/libcalico-go#1060.
"""

from __future__ import annotations

from podnet_lab.changes import Nft, Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import policy, serving

ALLOWED = [{"to": [{"ipBlock": {"cidr": "10.96.0.1/32"}}], "ports": [{"port": 443, "protocol": "TCP"}]}]
POLICY = policy("asker-1", policyTypes=["Egress"], egress=ALLOWED)
BODY = """
chain postrouting {
type filter hook postrouting priority -5; policy accept;
ip saddr <asker-1> ip daddr != 10.96.0.1 ct state new drop
}
"""


class FaultClass(Made):
    """A NetworkPolicy lets a pod ask the API server at its cluster address, and sees the one behind it."""

    truth = Truth(
        id="network-policy-deny",
        location={"node": "node-1", "namespace": "default", "pod": "asker-1"},
        source="pod:default/asker-1",
        destination="service:default/kubernetes",
        port=443,
    )
    modes = ("iptables", "nftables")
    scene = (serving("asker-1", "node-1"),)
    changes = (Objects((POLICY,)), Nft("node-1", "inet", BODY, "kube-network-policies"))
