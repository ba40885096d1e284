# SPDX-License-Identifier: GPL-3.0-or-later
"""A node asks itself by its address for a program that listens on its loopback alone."""

from __future__ import annotations

from podnet_lab.changes import Running
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.servers import closing


class FaultClass(Made):
    """A node asks itself by its address for a program that listens on its loopback alone."""

    truth = Truth(
        id="port-listening-on-loopback",
        location={"node": "node-2"},
        source="node:node-2",
        destination="node:node-2",
        port=9101,
    )
    modes = ("nftables",)
    born_broken = True
    changes = (Running("node-2", closing("127.0.0.1", 9101)),)
