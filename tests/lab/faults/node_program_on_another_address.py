# SPDX-License-Identifier: GPL-3.0-or-later
"""A program of node-2 listens on the address of the bridge alone, and is asked at the node's own."""

from __future__ import annotations

from podnet_lab.changes import Running
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.servers import closing


class FaultClass(Made):
    """A program of node-2 listens on the address of the bridge alone, and is asked at the node's own."""

    truth = Truth(id="port-not-listening", location={"node": "node-2"}, destination="node:node-2", port=9393)
    modes = ("host-gw",)
    born_broken = True
    changes = (Running("node-2", closing("10.244.2.1", 9393)),)
