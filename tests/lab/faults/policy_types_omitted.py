# SPDX-License-Identifier: GPL-3.0-or-later
"""A NetworkPolicy has rules for what a pod sends and names no types, so it also denies all that comes in."""

from __future__ import annotations

from podnet_lab.changes import Nft, Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import policy, serving

POLICY = policy("mixed-1", egress=[{}])
BODY = """
chain postrouting {
type filter hook postrouting priority -5; policy accept;
ip daddr <mixed-1> ct state new drop
}
"""


class FaultClass(Made):
    """A NetworkPolicy has rules for what a pod sends and names no types, so it also denies all that comes in."""

    truth = Truth(
        id="network-policy-deny",
        location={"namespace": "default", "pod": "mixed-1"},
        destination="pod:default/mixed-1",
        port=8080,
    )
    modes = ("nftables",)
    scene = (serving("mixed-1"),)
    changes = (Objects((POLICY,)), Nft("node-2", "inet", BODY, "kube-network-policies"))
