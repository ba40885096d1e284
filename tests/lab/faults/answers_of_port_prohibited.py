# SPDX-License-Identifier: GPL-3.0-or-later
"""A rule of node-2 prohibits what its pods send from one port of TCP."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A rule of node-2 prohibits what its pods send from one port of TCP."""

    truth = Truth(
        id="policy-route-diverts", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("iptables", "host-gw")
    changes = (Run("node-2", "ip rule add pref 45 iif cni0 ipproto tcp sport 8080 prohibit", "ip rule del pref 45"),)
