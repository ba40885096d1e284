# SPDX-License-Identifier: GPL-3.0-or-later
"""A rule of node-2 drops segments with TCP timestamps."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A rule of node-2 drops segments with TCP timestamps."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (Rule("node-2", "mangle FORWARD -p tcp -d <web-2>/32 --tcp-option 8 -j DROP"),)
