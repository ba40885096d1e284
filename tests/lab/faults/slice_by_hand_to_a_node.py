# SPDX-License-Identifier: GPL-3.0-or-later
"""A slice that a person wrote leads to a port of a node where nothing listens."""

from __future__ import annotations

from podnet_lab.changes import Objects, Patched, Running
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import endpoints, service
from podnet_lab.servers import closing


class FaultClass(Made):
    """A slice that a person wrote leads to a port of a node where nothing listens."""

    truth = Truth(id="port-not-listening", location={"node": "node-2"}, destination="service:default/hand-1", port=80)
    modes = ("nftables", "host-gw")
    scene = (
        Running("node-2", closing(port=9191)),
        Objects((service("hand-1", app=None), endpoints("hand-1", "<node-2>", port=9191))),
    )
    changes = (
        Patched(
            "endpointslice hand-1-1",
            [{"op": "replace", "path": "/ports/0/port", "value": 9192}],
            [{"op": "replace", "path": "/ports/0/port", "value": 9191}],
            "json",
        ),
    )
