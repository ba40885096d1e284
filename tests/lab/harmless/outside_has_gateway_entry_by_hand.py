# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine outside has its router's hardware address fixed, and it is right."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made

FIX = "set -- $(ip -4 neigh show 198.51.100.1 dev eth0); ip neigh replace $1 lladdr $3 dev eth0 nud permanent"


class FaultClass(Made):
    """A machine outside has its router's hardware address fixed, and it is right."""

    truth = Truth(id="", destination="host:outside", port=22)
    modes = ("nftables",)
    changes = (Run("outside", f"ping -c 1 -W 2 198.51.100.1\nsh -c '{FIX}'", "ip neigh del 198.51.100.1 dev eth0"),)
