# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops what a program of the rule chooses."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 drops what a program of the rule chooses."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (
        Rule("node-2", "filter FORWARD -d <web-2>/32 -m bpf --bytecode '4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0' -j DROP"),
    )
