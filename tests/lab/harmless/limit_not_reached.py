# SPDX-License-Identifier: GPL-3.0-or-later
"""A limit that drops more than a thousand new connections a second."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A limit that drops more than a thousand new connections a second."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    changes = (
        Rule(
            "node-2",
            "filter FORWARD -p tcp --dport 8080 -m hashlimit --hashlimit-above 1000/sec --hashlimit-burst 2000 "
            "--hashlimit-mode srcip --hashlimit-name flood -j DROP",
        ),
        Rule("node-2", "filter FORWARD -p tcp --dport 8080 -m connlimit --connlimit-above 500 -j REJECT"),
    )
