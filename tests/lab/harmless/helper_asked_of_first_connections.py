# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 gives connections a helper, and drops only what a helper expected: connections of connections."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 gives connections a helper, and drops only what a helper expected: connections of connections."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "host-gw")
    changes = (
        Rule("node-1", "raw PREROUTING -p tcp --dport 8080 -j CT --helper ftp"),
        Rule("node-1", "mangle FORWARD -m helper --helper ftp -j DROP"),
    )
