# SPDX-License-Identifier: GPL-3.0-or-later
"""A policy rule on node-1 sends one port of TCP to the router, which knows no pods."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made

DIVERT = """
ip route add default via 192.0.2.1 dev eth0 table 99
ip rule add pref 90 ipproto tcp dport 8080 lookup 99
"""


class FaultClass(Made):
    """A policy rule on node-1 sends one port of TCP to the router, which knows no pods."""

    truth = Truth(
        id="policy-route-diverts", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("host-gw",)
    changes = (Run("node-1", DIVERT, "ip rule del pref 90\nip route flush table 99"),)
