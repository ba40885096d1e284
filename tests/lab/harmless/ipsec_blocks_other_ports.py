# SPDX-License-Identifier: GPL-3.0-or-later
"""Policies of IPsec block other ports, protocols and marks between the same two, and one allows them first."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made

ENDS = "dir fwd src <client-1>/32 dst <web-2>/32"


class FaultClass(Made):
    """Policies of IPsec block other ports, protocols and marks between the same two, and one allows them first."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (
        Run(
            "node-2",
            f"""ip xfrm policy add {ENDS} proto tcp dport 22 action block priority 5
            ip xfrm policy add {ENDS} proto sctp action block priority 5
            ip xfrm policy add {ENDS} mark 0x77 mask 0xff action block priority 5
            ip xfrm policy add dir fwd src 10.244.1.0/24 dst 10.244.2.0/24 priority 10
            ip xfrm policy add dir fwd src 10.244.0.0/16 dst 10.244.2.0/24 action block priority 90""",
            "ip xfrm policy flush",
        ),
    )
