# SPDX-License-Identifier: GPL-3.0-or-later
"""A NetworkPolicy lets a pod talk to a server by its label, and that is on its node's network.

Public report: cloudnativelabs/kube-router#1135, projectcalico/calico#4493.
"""

from __future__ import annotations

from podnet_lab.changes import Nft, Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, policy, service

TO_STORE = [{"to": [{"podSelector": {"matchLabels": {"app": "store-1"}}}]}]
POLICY = policy("asker-1", policyTypes=["Egress"], egress=TO_STORE)
BODY = """
chain postrouting {
type filter hook postrouting priority -5; policy accept;
ip saddr <asker-1> ct state new drop
}
"""


class FaultClass(Made):
    """A NetworkPolicy lets a pod talk to a server by its label, and that is on its node's network."""

    truth = Truth(
        id="network-policy-deny",
        location={"node": "node-1", "namespace": "default", "pod": "asker-1"},
        source="pod:default/asker-1",
        destination="service:default/store-1",
        port=80,
    )
    modes = ("nftables", "host-gw")
    scene = (
        Objects(
            (pod("asker-1", "node-1"), pod("store-1", port=8480, hostNetwork=True), service("store-1", target=8480)),
            ready=("asker-1", "store-1"),
        ),
    )
    changes = (Objects((POLICY,)), Nft("node-1", "inet", BODY, "kube-network-policies"))
