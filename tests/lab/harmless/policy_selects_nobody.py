# SPDX-License-Identifier: GPL-3.0-or-later
"""A NetworkPolicy denies everything to pods that there are none of, and an engine enforces it."""

from __future__ import annotations

from podnet_lab.changes import Nft, Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import policy

POLICY = policy("nobody-1", policyTypes=["Ingress", "Egress"])
BODY = """
set guarded {
type ipv4_addr
}
chain postrouting {
type filter hook postrouting priority -5; policy accept;
ct state established,related accept
ip daddr @guarded jump denied
ip saddr @guarded jump denied
}
chain denied {
counter drop
}
"""


class FaultClass(Made):
    """A NetworkPolicy denies everything to pods that there are none of, and an engine enforces it."""

    truth = Truth(id="", destination="service:default/web", port=80)
    modes = ("nftables", "host-gw")
    changes = (Objects((POLICY,)), Nft("node-2", "inet", BODY, "kube-network-policies"))
