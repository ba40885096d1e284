# SPDX-License-Identifier: GPL-3.0-or-later
"""A server for HTTP sends the head of its answer and a part of the body, and then nothing."""

from __future__ import annotations

import typing as t

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.programs import Download
from podnet_lab.scene import pod, service
from podnet_lab.servers import server

STALLS = (
    'c.recv(65536); c.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 100000\\r\\n\\r\\n" + bytes(1000)); time.sleep(60)'
)


def _service() -> dict[str, t.Any]:
    """A Service whose port is said to be for HTTP."""
    item = service("partial", port=9000)
    item["spec"]["ports"][0]["appProtocol"] = "http"
    return item


class FaultClass(Made):
    """A server for HTTP sends the head of its answer and a part of the body, and then nothing."""

    truth = Truth(
        id="backend-unhealthy",
        location={"namespace": "default", "pod": "partial-1"},
        destination="service:default/partial",
        port=9000,
    )
    born_broken = True
    traffic = Download("pod:default/client-1", "<service:partial>", 9000)
    changes = (
        Objects(
            (pod("partial-1", command=server(STALLS), labels={"app": "partial"}), _service()), ready=("partial-1",)
        ),
    )
