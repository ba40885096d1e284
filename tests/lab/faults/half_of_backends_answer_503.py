# SPDX-License-Identifier: GPL-3.0-or-later
"""One of two backends for HTTP answers 503 to all requests."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service
from podnet_lab.servers import says_http, server
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """One of two backends for HTTP answers 503 to all requests."""

    truth = Truth(
        id="backend-unhealthy",
        location={"namespace": "default", "pod": "duo-2"},
        destination="service:default/duo",
        port=80,
    )
    modes = ("iptables", "host-gw")
    born_broken = True
    traffic = Traffic("pod:default/client-1", "<service:duo>", 80, size=10)
    attempts = 24
    lost = (3, 22)
    changes = (
        Objects(
            (
                pod("duo-1", "node-1", labels={"app": "duo"}),
                pod("duo-2", command=server(says_http("503 Service Unavailable")), labels={"app": "duo"}),
                service("duo"),
            ),
            ready=("duo-1", "duo-2"),
        ),
    )
