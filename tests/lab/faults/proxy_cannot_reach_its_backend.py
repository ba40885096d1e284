# SPDX-License-Identifier: GPL-3.0-or-later
"""A proxy takes connections and waits for its own backend, to which node-2 drops the packets."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving
from podnet_lab.traffic import Traffic

PROXY = """
import socket, threading
def serve(one):
    try:
        request = one.recv(65536)
        other = socket.create_connection(("<inner-1>", 8080), 20)
        other.sendall(request)
        while True:
            part = other.recv(65536)
            if not part:
                break
            one.sendall(part)
    except OSError:
        pass
    one.close()
s = socket.create_server(("0.0.0.0", 8080), backlog=200)
while True:
    threading.Thread(target=serve, args=(s.accept()[0],), daemon=True).start()
"""


class FaultClass(Made):
    """A proxy takes connections and waits for its own backend, to which node-2 drops the packets."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/proxy-1", port=8080)
    modes = ("nftables", "host-gw")
    scene = (serving("inner-1"), serving("proxy-1", "node-1", command=["python3", "-c", PROXY]))
    traffic = Traffic("pod:default/client-1", "<proxy-1>", 8080, size=10, seconds=3.0)
    changes = (nft_chain("node-2", "ip", "forward", "ip daddr <inner-1> tcp dport 8080 counter drop", "5"),)
