# SPDX-License-Identifier: GPL-3.0-or-later
"""An IPsec policy of node-1 wants a tunnel for which no key was agreed: its daemon is gone."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made

WHAT = "src 0.0.0.0/0 dst <web-2>/32 dir out priority 10"


class FaultClass(Made):
    """An IPsec policy of node-1 wants a tunnel for which no key was agreed: its daemon is gone."""

    truth = Truth(
        id="xfrm-policy-block", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("nftables", "host-gw")
    changes = (
        Run(
            "node-1",
            f"ip xfrm policy add {WHAT} tmpl src 192.0.2.11 dst 192.0.2.12 proto esp reqid 7 mode tunnel",
            "ip xfrm policy flush",
        ),
    )
