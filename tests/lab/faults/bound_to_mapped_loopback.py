# SPDX-License-Identifier: GPL-3.0-or-later
"""A server's socket is of IPv6 and bound to the loopback address of IPv4, as some runtimes make it."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod

MAPPED = """
import socket
s = socket.socket(socket.AF_INET6)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
s.bind(("::ffff:127.0.0.1", 8080))
s.listen(20)
while True:
    one, peer = s.accept()
    one.recv(1000)
    one.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n")
    one.close()
"""


class FaultClass(Made):
    """A server's socket is of IPv6 and bound to the loopback address of IPv4, as some runtimes make it."""

    truth = Truth(
        id="port-listening-on-loopback",
        location={"node": "node-2", "namespace": "default", "pod": "mapped-1"},
        destination="pod:default/mapped-1",
        port=8080,
    )
    modes = ("nftables", "host-gw")
    born_broken = True
    changes = (Objects((pod("mapped-1", command=["python3", "-c", MAPPED]),), ready=("mapped-1",)),)
