# SPDX-License-Identifier: GPL-3.0-or-later
"""A NetworkPolicy admits all pods of the namespace, and a program of node-1 asks."""

from __future__ import annotations

from podnet_lab.changes import Nft, Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, policy, service

POLICY = policy("guarded-1", policyTypes=["Ingress"], ingress=[{"from": [{"podSelector": {}}]}])
BODY = """
chain postrouting {
type filter hook postrouting priority -5; policy accept;
ip daddr <guarded-1> ip saddr != 10.244.2.0/24 ip saddr != <client-1> ct state new drop
}
"""


class FaultClass(Made):
    """A NetworkPolicy admits all pods of the namespace, and a program of node-1 asks."""

    truth = Truth(
        id="network-policy-deny",
        location={"namespace": "default", "pod": "guarded-1"},
        source="node:node-1",
        destination="service:default/guarded-1",
        port=80,
    )
    modes = ("nftables", "host-gw")
    scene = (Objects((pod("guarded-1"), service("guarded-1")), ready=("guarded-1",)),)
    changes = (Objects((POLICY,)), Nft("node-2", "inet", BODY, "kube-network-policies"))
