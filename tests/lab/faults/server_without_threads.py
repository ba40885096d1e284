# SPDX-License-Identifier: GPL-3.0-or-later
"""A server may begin no thread more, and closes each connection unanswered."""

from __future__ import annotations

from podnet_lab.containers import without_threads
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """A server may begin no thread more, and closes each connection unanswered."""

    truth = Truth(
        id="backend-unhealthy",
        location={"namespace": "default", "pod": "crowded-1"},
        destination="pod:default/crowded-1",
        port=8080,
    )
    modes = ("iptables",)
    traffic = Traffic("pod:default/client-1", "<crowded-1>", 8080, size=10)
    scene = (serving("crowded-1"),)
    changes = (without_threads("crowded-1"),)
