# SPDX-License-Identifier: GPL-3.0-or-later
"""A server takes each connection and resets it at once."""

from __future__ import annotations

from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving
from podnet_lab.servers import RESETS, server
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """A server takes each connection and resets it at once."""

    truth = Truth(
        id="backend-unhealthy",
        location={"namespace": "default", "pod": "shut-2"},
        destination="pod:default/shut-2",
        port=8080,
    )
    born_broken = True
    traffic = Traffic("pod:default/client-1", "<shut-2>", 8080, size=10)
    changes = (serving("shut-2", command=server(RESETS)),)
