# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 forwards one pod's packets only if they came encrypted, and nobody encrypts."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 forwards one pod's packets only if they came encrypted, and nobody encrypts."""

    truth = Truth(
        id="xfrm-policy-block", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("iptables", "nftables")
    changes = (
        Run(
            "node-2",
            "ip xfrm policy add dir fwd src <client-1>/32 dst <web-2>/32 tmpl proto esp reqid 9 mode transport",
            "ip xfrm policy flush",
        ),
    )
