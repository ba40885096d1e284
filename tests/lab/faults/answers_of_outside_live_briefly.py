# SPDX-License-Identifier: GPL-3.0-or-later
"""An outside server's answers live for so few hops that nodes get them and pods do not."""

from __future__ import annotations

from podnet_lab.changes import Running
from podnet_lab.faults import Truth
from podnet_lab.made import Made

PROGRAM = """
import socket, threading
def serve(c):
    try:
        c.recv(65536)
        c.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n")
    except OSError: pass
    c.close()
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 2)
s.bind(("198.51.100.10", 8088))
s.listen(50)
print("ready", flush=True)
while True: threading.Thread(target=serve, args=(s.accept()[0],), daemon=True).start()
"""


class FaultClass(Made):
    """An outside server's answers live for so few hops that nodes get them and pods do not."""

    truth = Truth(id="ttl-exceeded", destination="198.51.100.10", port=8088)
    modes = ("iptables", "host-gw")
    born_broken = True
    changes = (Running("outside", PROGRAM),)
