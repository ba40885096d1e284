# SPDX-License-Identifier: GPL-3.0-or-later
"""A server for HTTP sends its answers in small parts, and takes longer than anybody waits here."""

from __future__ import annotations

import typing as t

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service
from podnet_lab.servers import server

PARTS = "\n        ".join(
    (
        "c.recv(65536)",
        "c.sendall(b'HTTP/1.1 200 OK\\r\\nContent-Length: 60000\\r\\n\\r\\n')",
        "for _ in range(600):",
        "    c.sendall(bytes(100))",
        "    time.sleep(0.02)",
    )
)


def _service() -> dict[str, t.Any]:
    """A Service whose port is said to be for HTTP."""
    item = service("trickle", port=9000)
    item["spec"]["ports"][0]["appProtocol"] = "http"
    return item


class FaultClass(Made):
    """A server for HTTP sends its answers in small parts, and takes longer than anybody waits here."""

    truth = Truth(id="", destination="service:default/trickle", port=9000)
    modes = ("iptables", "nftables")
    scene = (
        Objects((pod("trickle-1", command=server(PARTS), labels={"app": "trickle"}), _service()), ready=("trickle-1",)),
    )
