# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of both nodes drop by chance, with a chance of nothing."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Rules of both nodes drop by chance, with a chance of nothing."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (
        Rule("node-1", "mangle FORWARD -p tcp -m statistic --mode random --probability 0 -j DROP"),
        Rule("node-2", "filter FORWARD -m statistic --mode random --probability 0.00000001 -j DROP"),
    )
