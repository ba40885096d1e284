# SPDX-License-Identifier: GPL-3.0-or-later
"""A NetworkPolicy admits the outside by its address, and node ports hide that behind the node."""

from __future__ import annotations

from podnet_lab.changes import Nft, Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, policy, service

POLICY = policy("guarded-1", policyTypes=["Ingress"], ingress=[{"from": [{"ipBlock": {"cidr": "198.51.100.0/24"}}]}])
BODY = """
chain postrouting {
type filter hook postrouting priority -5; policy accept;
ip daddr <guarded-1> ip saddr != 198.51.100.0/24 ct state new drop
}
"""


class FaultClass(Made):
    """A NetworkPolicy admits the outside by its address, and node ports hide that behind the node."""

    truth = Truth(
        id="network-policy-deny",
        location={"namespace": "default", "pod": "guarded-1"},
        source="host:outside",
        destination="node:node-1",
        port=30096,
    )
    modes = ("nftables",)
    scene = (Objects((pod("guarded-1"), service("guarded-1", type="NodePort", nodePort=30096)), ready=("guarded-1",)),)
    changes = (Objects((POLICY,)), Nft("node-2", "inet", BODY, "kube-network-policies"))
