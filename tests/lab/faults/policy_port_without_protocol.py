# SPDX-License-Identifier: GPL-3.0-or-later
"""A NetworkPolicy admits a port and names no protocol, which means TCP, and the server speaks UDP."""

from __future__ import annotations

from podnet_lab.changes import Nft, Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import echo_server, pod, policy

POLICY = policy("timer-1", policyTypes=["Ingress"], ingress=[{"ports": [{"port": 5353}]}])
BODY = """
chain postrouting {
type filter hook postrouting priority -5; policy accept;
ip daddr <timer-1> meta l4proto udp ct state new drop
}
"""


class FaultClass(Made):
    """A NetworkPolicy admits a port and names no protocol, which means TCP, and the server speaks UDP."""

    truth = Truth(
        id="network-policy-deny",
        location={"namespace": "default", "pod": "timer-1"},
        destination="pod:default/timer-1",
        port=5353,
        protocol="udp",
    )
    modes = ("nftables",)
    scene = (Objects((pod("timer-1", command=echo_server(5353), port=5353),), ready=("timer-1",)),)
    changes = (Objects((POLICY,)), Nft("node-2", "inet", BODY, "kube-network-policies"))
