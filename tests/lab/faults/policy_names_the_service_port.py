# SPDX-License-Identifier: GPL-3.0-or-later
"""A NetworkPolicy admits the port of the Service, where it has to name that of the pods."""

from __future__ import annotations

from podnet_lab.changes import Nft, Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, policy, service

POLICY = policy("guarded-1", policyTypes=["Ingress"], ingress=[{"ports": [{"port": 80, "protocol": "TCP"}]}])
BODY = """
chain postrouting {
type filter hook postrouting priority -5; policy accept;
ip daddr <guarded-1> tcp dport != 80 ct state new drop
}
"""


class FaultClass(Made):
    """A NetworkPolicy admits the port of the Service, where it has to name that of the pods."""

    truth = Truth(
        id="network-policy-deny",
        location={"namespace": "default", "pod": "guarded-1"},
        destination="service:default/guarded-1",
        port=80,
    )
    modes = ("host-gw", "nftables")
    scene = (Objects((pod("guarded-1"), service("guarded-1")), ready=("guarded-1",)),)
    changes = (Objects((POLICY,)), Nft("node-2", "inet", BODY, "kube-network-policies"))
