# SPDX-License-Identifier: GPL-3.0-or-later
"""A server closes connections that say nothing for a second, as servers do."""

from __future__ import annotations

from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving

PROGRAM = """
import socket, threading
def one(c):
    c.settimeout(1)
    try:
        while c.recv(65536):
            c.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok")
    except OSError: pass
    c.close()
s = socket.create_server(("0.0.0.0", 8080), backlog=128)
while True: threading.Thread(target=one, args=(s.accept()[0],), daemon=True).start()
"""


class FaultClass(Made):
    """A server closes connections that say nothing for a second, as servers do."""

    truth = Truth(id="", destination="pod:default/brief-1", port=8080)
    modes = ("nftables", "host-gw")
    born_broken = True
    changes = (serving("brief-1", command=["python3", "-c", PROGRAM]),)
