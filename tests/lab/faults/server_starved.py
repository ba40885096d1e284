# SPDX-License-Identifier: GPL-3.0-or-later
"""A server gets a thousandth of the processor's time: it takes connections, and answers when it is too late."""

from __future__ import annotations

from podnet_lab.containers import starved
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """A server gets a thousandth of the processor's time: it takes connections, and answers when it is too late."""

    truth = Truth(
        id="backend-unhealthy",
        also=("process-backlog-full",),
        location={"namespace": "default", "pod": "starved-1"},
        destination="pod:default/starved-1",
        port=8080,
    )
    modes = ("iptables", "nftables")
    traffic = Traffic("pod:default/client-1", "<starved-1>", 8080, size=10)
    scene = (serving("starved-1"),)
    changes = (starved("starved-1"),)
