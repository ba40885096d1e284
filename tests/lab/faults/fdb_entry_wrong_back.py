# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 sends the tunnel packets for node-1 to an address that no node has: only answers are lost."""

from __future__ import annotations

from podnet_lab.changes import Frozen, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 sends the tunnel packets for node-1 to an address that no node has: only answers are lost."""

    truth = Truth(
        id="fdb-entry-wrong",
        location={"node": "node-2", "device": "flannel.1"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    changes = (
        Frozen("node-2", "flanneld", replaced=True),
        Run(
            "node-2",
            "bridge fdb replace <node-1.vtep> dev flannel.1 dst 192.0.2.99 self permanent",
            "bridge fdb replace <node-1.vtep> dev flannel.1 dst 192.0.2.11 self permanent",
        ),
    )
