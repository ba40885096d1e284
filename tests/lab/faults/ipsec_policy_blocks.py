# SPDX-License-Identifier: GPL-3.0-or-later
"""A policy of a removed IPsec service blocks what node-1 sends to node-2's pods."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A policy of a removed IPsec service blocks what node-1 sends to node-2's pods."""

    truth = Truth(
        id="xfrm-policy-block", location={"node": "node-1"}, destination="pod:default/client-2", protocol="icmp"
    )
    modes = ("iptables", "nftables", "host-gw")
    changes = (
        Run(
            "node-1",
            "ip xfrm policy add src 10.244.1.0/24 dst 10.244.2.0/24 dir fwd action block\n"
            "ip xfrm policy add src 10.244.1.0/24 dst 10.244.2.0/24 dir out action block",
            "ip xfrm policy flush",
        ),
    )
