# SPDX-License-Identifier: GPL-3.0-or-later
"""One of two backends of a database closes each connection at once."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service
from podnet_lab.servers import CLOSES, server
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """One of two backends of a database closes each connection at once."""

    truth = Truth(
        id="backend-unhealthy",
        location={"namespace": "default", "pod": "half-2"},
        destination="service:default/half",
        port=5432,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    traffic = Traffic("pod:default/client-1", "<service:half>", 5432, size=10)
    attempts = 24
    lost = (3, 22)
    changes = (
        Objects(
            (
                pod("half-1", "node-1", labels={"app": "half"}),
                pod("half-2", command=server(CLOSES), labels={"app": "half"}),
                service("half", port=5432),
            ),
            ready=("half-1", "half-2"),
        ),
    )
