# SPDX-License-Identifier: GPL-3.0-or-later
"""kube-proxy of node-1 sleeps, and a Service's pod has moved to another port since: its address is the same."""

from __future__ import annotations

from podnet_lab.changes import Frozen, Objects, Patched, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

# Serves one port, and another one when a datagram says which.
SERVER = """
import socket, threading
ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
ear.bind(("0.0.0.0", 9999))
def serve(s):
    while True:
        try: one = s.accept()[0]
        except OSError: return
        one.recv(1000)
        one.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n")
        one.close()
now = socket.create_server(("0.0.0.0", 8080))
while True:
    threading.Thread(target=serve, args=(now,), daemon=True).start()
    port = int(ear.recv(100))
    now.shutdown(socket.SHUT_RDWR)
    now.close()
    now = socket.create_server(("0.0.0.0", port))
"""
TELL = (
    "python3 -c \"import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'%d', ('<moving-1>', 9999))\""
)


class FaultClass(Made):
    """kube-proxy of node-1 sleeps, and a Service's pod has moved to another port since: its address is the same."""

    truth = Truth(
        id="kube-proxy-rules-stale", location={"node": "node-1"}, destination="service:default/moving-1", port=80
    )
    modes = ("nftables", "host-gw")
    scene = (Objects((pod("moving-1", command=["python3", "-c", SERVER]), service("moving-1")), ready=("moving-1",)),)
    changes = (
        Frozen("node-1", "kube-proxy"),
        Run("node-2", TELL % 9191, TELL % 8080),
        Patched(
            "service moving-1",
            [{"op": "replace", "path": "/spec/ports/0/targetPort", "value": 9191}],
            [{"op": "replace", "path": "/spec/ports/0/targetPort", "value": 8080}],
            kind="json",
        ),
    )
