# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 drops answers to every other sixteen of the ports that programs get."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 drops answers to every other sixteen of the ports that programs get."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    attempts = 40
    lost = (4, 34)
    changes = (Rule("node-1", "mangle FORWARD -p tcp --sport 8080 -m u32 --u32 0>>22&0x3C@0&0x10=0x10 -j DROP"),)
