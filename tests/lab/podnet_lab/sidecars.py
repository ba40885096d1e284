# SPDX-License-Identifier: GPL-3.0-or-later
"""Proxies that take what comes for an application in their pod, and hand it on to an address."""

from __future__ import annotations

from .changes import Change, Nft, Running
from .relays import PUMP

_PROXY = (
    """
import socket, threading
FAILED = b"HTTP/1.1 503 Service Unavailable\\r\\nContent-Length: 0\\r\\n\\r\\n"
"""
    + PUMP
    + """def serve(c):
    try: s = socket.create_connection(("%s", 8080), 3)
    except OSError:
        try:
            c.settimeout(5)
            c.recv(65536)
            c.sendall(FAILED)
        except OSError: pass
        return c.close()
    threading.Thread(target=pump, args=(s, c), daemon=True).start()
    pump(c, s)
s = socket.create_server(("0.0.0.0", 15006), backlog=128)
print("ready", flush=True)
while True: threading.Thread(target=serve, args=(s.accept()[0],), daemon=True).start()
"""
)
_INBOUND = """
chain prerouting {
type nat hook prerouting priority -100; policy accept;
tcp dport 8080 redirect to :15006
}
"""


def sidecar(pod: str, to: str, node: str = "node-2") -> tuple[Change, ...]:
    """A proxy in a pod that takes all connections for 8080 and asks an address of the pod, and the rule for it."""
    return (Running(node, _PROXY % to, pod=pod, name="podnet-sidecar"), Nft(node, "ip", _INBOUND, "mesh", pod))
