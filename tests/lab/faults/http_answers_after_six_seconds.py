# SPDX-License-Identifier: GPL-3.0-or-later
"""A server for HTTP answers each request after six seconds, and its clients wait for three."""

from __future__ import annotations

import typing as t

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.programs import Download
from podnet_lab.scene import pod, service
from podnet_lab.servers import server

LATE = 'c.recv(65536); time.sleep(6); c.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok")'


def _service() -> dict[str, t.Any]:
    """A Service whose port is said to be for HTTP."""
    item = service("late", port=9000)
    item["spec"]["ports"][0]["appProtocol"] = "http"
    return item


class FaultClass(Made):
    """A server for HTTP answers each request after six seconds, and its clients wait for three."""

    truth = Truth(
        id="backend-unhealthy",
        also=("latency-high",),
        location={"namespace": "default", "pod": "late-1"},
        destination="service:default/late",
        port=9000,
    )
    modes = ("nftables",)
    born_broken = True
    traffic = Download("pod:default/client-1", "<service:late>", 9000, seconds=3.0)
    changes = (Objects((pod("late-1", command=server(LATE), labels={"app": "late"}), _service()), ready=("late-1",)),)
