# SPDX-License-Identifier: GPL-3.0-or-later
"""A rule of node-1 prohibits what comes from the lower half of local ports."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A rule of node-1 prohibits what comes from the lower half of local ports."""

    truth = Truth(
        id="policy-route-diverts", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("iptables", "nftables")
    attempts = 24
    lost = (3, 22)
    changes = (
        Run(
            "node-1",
            "ip rule add pref 45 from <client-1> ipproto tcp sport 32768-46000 prohibit",
            "ip rule del pref 45",
        ),
    )
