# SPDX-License-Identifier: GPL-3.0-or-later
"""A NetworkPolicy denies the connection at the server's node, whose route back refuses, too."""

from __future__ import annotations

from podnet_lab.changes import Frozen, Nft, Objects, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import policy, serving
from podnet_lab.truth import Cause

POLICY = policy(
    "guarded-1", policyTypes=["Ingress"], ingress=[{"from": [{"podSelector": {"matchLabels": {"role": "front"}}}]}]
)
BODY = """
chain postrouting {
type filter hook postrouting priority -5; policy accept;
ip daddr <guarded-1> ct state new drop
}
"""


class FaultClass(Made):
    """A NetworkPolicy denies the connection at the server's node, whose route back refuses, too."""

    truth = Truth(
        id="network-policy-deny",
        location={"namespace": "default", "pod": "guarded-1"},
        second=Cause("route-blackhole", {"node": "node-2"}),
        destination="pod:default/guarded-1",
        port=8080,
    )
    modes = ("host-gw",)
    scene = (serving("guarded-1"),)
    changes = (
        Objects((POLICY,)),
        Frozen("node-2", "flanneld"),
        Nft("node-2", "inet", BODY, "kube-network-policies"),
        Run(
            "node-2",
            "ip route del 10.244.1.0/24\nip route add unreachable 10.244.1.0/24",
            "ip route del unreachable 10.244.1.0/24\nip route replace 10.244.1.0/24 via 192.0.2.11 dev eth0",
        ),
    )
