# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's connections are redirected to a proxy of its own that serves them."""

from __future__ import annotations

from podnet_lab.changes import Running, pod_rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made

PROXY = """
import socket, threading
def one(c):
    try:
        while c.recv(65536):
            c.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok")
    except OSError: pass
    c.close()
s = socket.create_server(("127.0.0.1", 15001), backlog=128)
print("ready", flush=True)
while True: threading.Thread(target=one, args=(s.accept()[0],), daemon=True).start()
"""


class FaultClass(Made):
    """The client's connections are redirected to a proxy of its own that serves them."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    changes = (
        Running("<client-1.node>", PROXY, pod="client-1"),
        pod_rule("client-1", "nat OUTPUT -p tcp --dport 8080 -j REDIRECT --to-ports 15001"),
    )
