# SPDX-License-Identifier: GPL-3.0-or-later
"""A NetworkPolicy admits ports 8000 to 8079, and the server listens on 8080."""

from __future__ import annotations

from podnet_lab.changes import Nft, Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import policy, serving

POLICY = policy(
    "guarded-1",
    policyTypes=["Ingress"],
    ingress=[{"from": [{"podSelector": {}}], "ports": [{"port": 8000, "endPort": 8079}]}],
)
BODY = """
chain forward {
type filter hook forward priority 10; policy accept;
ip daddr <guarded-1> tcp dport != 8000-8079 ct state new reject
}
"""


class FaultClass(Made):
    """A NetworkPolicy admits ports 8000 to 8079, and the server listens on 8080."""

    truth = Truth(
        id="network-policy-deny",
        location={"namespace": "default", "pod": "guarded-1"},
        destination="pod:default/guarded-1",
        port=8080,
    )
    modes = ("host-gw",)
    scene = (serving("guarded-1"),)
    changes = (Objects((POLICY,)), Nft("node-2", "ip", BODY, "kindnet-network-policies"))
