# SPDX-License-Identifier: GPL-3.0-or-later
"""A policy rule of node-1 leaps over the main table."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A policy rule of node-1 leaps over the main table."""

    truth = Truth(
        id="policy-route-diverts", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("iptables", "nftables")
    changes = (
        Run(
            "node-1",
            "ip rule add pref 40000 lookup 99\nip rule add pref 100 iif cni0 goto 40000",
            "ip rule del pref 100\nip rule del pref 40000",
        ),
    )
