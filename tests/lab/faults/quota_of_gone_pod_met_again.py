# SPDX-License-Identifier: GPL-3.0-or-later
"""A limit of one connection an hour was written for a pod that is gone, and another one has its address now."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving


class FaultClass(Made):
    """A limit of one connection an hour was written for a pod that is gone, and another one has its address now."""

    truth = Truth(id="connection-limit", location={"node": "node-2"}, destination="pod:default/heir-1", port=8080)
    modes = ("nftables", "host-gw")
    scene = (serving("heir-1"),)
    attempts = 6
    lost = (4, 6)
    changes = (
        Rule(
            "node-2",
            "filter FORWARD -d <heir-1>/32 -p tcp --syn -m hashlimit --hashlimit-name old --hashlimit-mode dstip "
            "--hashlimit-above 1/hour --hashlimit-burst 1 --hashlimit-htable-expire 3600000 -j DROP",
        ),
    )
