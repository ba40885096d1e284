# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's socket may send a byte in a second: the head of each answer comes, and the rest does not."""

from __future__ import annotations

from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.programs import Download
from podnet_lab.scene import serving

PROGRAM = """
import socket, threading
s = socket.create_server(("0.0.0.0", 8080))
s.setsockopt(socket.SOL_SOCKET, 47, 1)
def serve(one):
    one.setsockopt(6, 1, 1)
    one.recv(4000)
    one.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 300000\\r\\n\\r\\n")
    one.sendall(bytes(300000))
    one.close()
while True:
    one, peer = s.accept()
    threading.Thread(target=serve, args=(one,), daemon=True).start()
"""


class FaultClass(Made):
    """The server's socket may send a byte in a second: the head of each answer comes, and the rest does not."""

    truth = Truth(
        id="backend-unhealthy",
        location={"namespace": "default", "pod": "paced-1"},
        destination="pod:default/paced-1",
        port=8080,
    )
    modes = ("nftables",)
    born_broken = True
    traffic = Download("pod:default/client-1", "<paced-1>", 8080)
    changes = (serving("paced-1", command=["python3", "-c", PROGRAM]),)
