# SPDX-License-Identifier: GPL-3.0-or-later
"""A rule accepts the client before the next one drops all its network."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A rule accepts the client before the next one drops all its network."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    changes = (
        Rule("node-2", "mangle FORWARD -s 10.244.1.0/24 -p tcp --dport 8080 -j DROP"),
        Rule("node-2", "mangle FORWARD -s <client-1>/32 -j ACCEPT"),
    )
