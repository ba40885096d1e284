# SPDX-License-Identifier: GPL-3.0-or-later
"""A server admits clients of its own machine only, and closes the connections of all others."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service
from podnet_lab.servers import server
from podnet_lab.traffic import Traffic

# As a database does that was told no other hosts.
PICKY = "\n        ".join(
    (
        "if c.getpeername()[0] in ('127.0.0.1', c.getsockname()[0]):",
        "    c.recv(4096)",
        "    c.sendall(b'HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n')",
    )
)


class FaultClass(Made):
    """A server admits clients of its own machine only, and closes the connections of all others."""

    truth = Truth(
        id="backend-unhealthy",
        location={"namespace": "default", "pod": "picky-1"},
        destination="service:default/picky-1",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    traffic = Traffic("pod:default/client-1", "<service:picky-1>", 80, size=10)
    changes = (Objects((pod("picky-1", command=server(PICKY)), service("picky-1")), ready=("picky-1",)),)
