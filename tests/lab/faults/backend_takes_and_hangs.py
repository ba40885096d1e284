# SPDX-License-Identifier: GPL-3.0-or-later
"""One of two backends takes connections and answers no request."""

from __future__ import annotations

from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pair
from podnet_lab.servers import hanging
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """One of two backends takes connections and answers no request."""

    truth = Truth(
        id="backend-unhealthy",
        location={"node": "node-2", "namespace": "default", "pod": "pair-2"},
        destination="service:default/pair",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    traffic = Traffic("pod:default/client-1", "<service:pair>", 80, size=10, seconds=3.0)
    attempts = 24
    lost = (3, 22)
    changes = (pair(hanging()),)
