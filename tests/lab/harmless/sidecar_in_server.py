# SPDX-License-Identifier: GPL-3.0-or-later
"""The server listens on loopback only; a proxy beside it takes what comes in, and asks it."""

from __future__ import annotations

from podnet_lab.changes import Objects, pod_rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import http_server, pod

PROXY = """
import socket, threading
def pump(one, other):
    try:
        while True:
            data = one.recv(65536)
            if not data: break
            other.sendall(data)
        other.shutdown(socket.SHUT_WR)
    except OSError: pass
def serve(one):
    try: other = socket.create_connection(("127.0.0.1", 8080), 5)
    except OSError: return one.close()
    threading.Thread(target=pump, args=(other, one), daemon=True).start()
    pump(one, other)
s = socket.create_server(("0.0.0.0", 15006), backlog=128)
while True: threading.Thread(target=serve, args=(s.accept()[0],), daemon=True).start()
"""
MESHED = pod("meshed-1", command=http_server(8080, "127.0.0.1"))
MESHED["spec"]["containers"].append(
    {
        "name": "proxy",
        "image": MESHED["spec"]["containers"][0]["image"],
        "imagePullPolicy": "IfNotPresent",
        "command": ["python3", "-c", PROXY],
    }
)


class FaultClass(Made):
    """The server listens on loopback only; a proxy beside it takes what comes in, and asks it."""

    truth = Truth(id="", destination="pod:default/meshed-1", port=8080)
    modes = ("nftables", "host-gw")
    born_broken = True
    changes = (
        Objects((MESHED,), ready=("meshed-1",)),
        pod_rule("meshed-1", "nat PREROUTING -p tcp --dport 8080 -j REDIRECT --to-ports 15006"),
    )
