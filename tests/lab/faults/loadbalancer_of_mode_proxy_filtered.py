# SPDX-License-Identifier: GPL-3.0-or-later
"""A balancer outside wants to see all clients itself, and its firewall drops those from the nodes."""

from __future__ import annotations

from podnet_lab.changes import Objects, Rule, Running
from podnet_lab.cluster_changes import Assigned
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

RELAY = """
import socket, threading
def pump(a, b):
    try:
        part = a.recv(65536)
        while part:
            b.sendall(part)
            part = a.recv(65536)
        b.shutdown(socket.SHUT_WR)
    except OSError: pass
def serve(c):
    try: s = socket.create_connection(("192.0.2.11", 30102), 3)
    except OSError: return c.close()
    threading.Thread(target=pump, args=(s, c), daemon=True).start()
    pump(c, s)
s = socket.create_server(("198.51.100.10", 8099), backlog=64)
print("ready", flush=True)
while True: threading.Thread(target=serve, args=(s.accept()[0],), daemon=True).start()
"""


class FaultClass(Made):
    """A balancer outside wants to see all clients itself, and its firewall drops those from the nodes."""

    truth = Truth(id="netfilter-drop", location={"node": "outside"}, destination="host:outside", port=8099)
    modes = ("iptables", "nftables")
    scene = (
        Objects((pod("edge-1"), service("edge-1", type="LoadBalancer", port=8099, nodePort=30102)), ready=("edge-1",)),
        Assigned("edge-1", "198.51.100.10", mode="Proxy"),
        Running("outside", RELAY),
    )
    changes = (Rule("outside", "filter INPUT -s 192.0.2.0/24 -d 198.51.100.10/32 -p tcp --dport 8099 -j DROP"),)
