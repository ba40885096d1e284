# SPDX-License-Identifier: GPL-3.0-or-later
"""A NetworkPolicy admits namespaces with a label that nobody gave to the client's."""

from __future__ import annotations

from podnet_lab.changes import Nft, Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import policy, serving

POLICY = policy(
    "guarded-1",
    policyTypes=["Ingress"],
    ingress=[{"from": [{"namespaceSelector": {"matchLabels": {"team": "shop"}}}], "ports": [{"port": 8080}]}],
)
BODY = """
chain postrouting {
type filter hook postrouting priority -5; policy accept;
ip daddr <guarded-1> ct state new drop
}
"""


class FaultClass(Made):
    """A NetworkPolicy admits namespaces with a label that nobody gave to the client's."""

    truth = Truth(
        id="network-policy-deny",
        location={"namespace": "default", "pod": "guarded-1"},
        destination="pod:default/guarded-1",
        port=8080,
    )
    modes = ("nftables",)
    scene = (serving("guarded-1"),)
    changes = (Objects((POLICY,)), Nft("node-2", "inet", BODY, "kube-network-policies"))
