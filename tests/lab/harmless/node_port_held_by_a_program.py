# SPDX-License-Identifier: GPL-3.0-or-later
"""A program of the node holds the number of a node port, which kube-proxy serves all the same."""

from __future__ import annotations

from podnet_lab.changes import Running
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.servers import closing


class FaultClass(Made):
    """A program of the node holds the number of a node port, which kube-proxy serves all the same."""

    truth = Truth(id="", source="host:outside", destination="node:node-1", port=30080)
    modes = ("nftables", "host-gw")
    changes = (Running("node-1", closing("127.0.0.1", 30080)),)
