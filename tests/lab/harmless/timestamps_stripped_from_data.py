# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 strips timestamps from segments of connections that had agreed upon them."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 strips timestamps from segments of connections that had agreed upon them."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables",)
    changes = (
        Rule(
            "node-2",
            "mangle FORWARD -d <web-2>/32 -p tcp --tcp-flags SYN NONE -j TCPOPTSTRIP --strip-options timestamp",
        ),
    )
