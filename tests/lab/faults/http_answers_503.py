# SPDX-License-Identifier: GPL-3.0-or-later
"""The only backend of a Service for HTTP answers 503 to all requests."""

from __future__ import annotations

import typing as t

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service
from podnet_lab.servers import says_http, server
from podnet_lab.traffic import Traffic


def _service() -> dict[str, t.Any]:
    """A Service whose port is said to be for HTTP."""
    item = service("sorry", port=9000)
    item["spec"]["ports"][0]["appProtocol"] = "http"
    return item


class FaultClass(Made):
    """The only backend of a Service for HTTP answers 503 to all requests."""

    truth = Truth(
        id="backend-unhealthy",
        location={"namespace": "default", "pod": "sorry-1"},
        destination="service:default/sorry",
        port=9000,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    traffic = Traffic("pod:default/client-1", "<service:sorry>", 9000, size=10)
    changes = (
        Objects(
            (pod("sorry-1", command=server(says_http("503 Service Unavailable")), labels={"app": "sorry"}), _service()),
            ready=("sorry-1",),
        ),
    )
