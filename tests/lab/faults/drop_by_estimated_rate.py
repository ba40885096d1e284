# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops what comes as slowly as its estimator says, which is everything."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 drops what comes as slowly as its estimator says, which is everything."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables",)
    changes = (
        Rule("node-2", "filter FORWARD -j RATEEST --rateest-name pods --rateest-interval 250ms --rateest-ewma 0.5s"),
        Rule(
            "node-2", "filter FORWARD -d <web-2>/32 -m rateest --rateest pods --rateest-lt --rateest-bps 1gbit -j DROP"
        ),
    )
