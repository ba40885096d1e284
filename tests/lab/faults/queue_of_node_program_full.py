# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod on its node's network accepts nobody, and its queue is full."""

from __future__ import annotations

from podnet_lab.changes import Objects, Running
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod
from podnet_lab.servers import filling, stuck


class FaultClass(Made):
    """A pod on its node's network accepts nobody, and its queue is full."""

    truth = Truth(
        id="process-backlog-full",
        location={"node": "node-2"},
        source="host:outside",
        destination="node:node-2",
        port=8080,
    )
    modes = ("nftables", "host-gw")
    born_broken = True
    changes = (
        Objects((pod("choked-1", command=stuck(), hostNetwork=True),), ready=("choked-1",)),
        Running("node-2", filling("<node-2>"), pod="client-2"),
    )
