# SPDX-License-Identifier: GPL-3.0-or-later
"""Load balancers that faults are played with: who announces an address, and who relays connections from outside."""

from __future__ import annotations

from typing import Any

from .changes import Change, Objects, Run, Running
from .cluster_changes import Assigned
from .config import OUTSIDE, OUTSIDE_ADDRESS
from .relays import PUMP
from .scene import pod, service

ADDRESS = "192.0.2.50"
RELAY = (
    """
import socket, threading
"""
    + PUMP
    + """def serve(c):
    try: s = socket.create_connection(("192.0.2.11", 30102), 3)
    except OSError: return c.close()
    threading.Thread(target=pump, args=(s, c), daemon=True).start()
    pump(c, s)
s = socket.create_server(("198.51.100.10", 8099), backlog=64)
print("ready", flush=True)
while True: threading.Thread(target=serve, args=(s.accept()[0],), daemon=True).start()
"""
)


def announced(name: str = "edge-1", **spec: Any) -> tuple[Change, ...]:
    """A Service of one pod, and its load balancer's address, which node-1 has; spec adds to what the Service says."""
    return (
        Objects((pod(name), service(name, type="LoadBalancer", **spec)), ready=(name,)),
        Assigned(name, ADDRESS),
        Run("node-1", f"ip address add {ADDRESS}/32 dev lo", f"ip address del {ADDRESS}/32 dev lo"),
    )


def relayed() -> tuple[Change, ...]:
    """A Service of one pod, and a balancer outside that relays connections to its node port, and wants all of them."""
    return (
        Objects((pod("edge-1"), service("edge-1", type="LoadBalancer", port=8099, nodePort=30102)), ready=("edge-1",)),
        Assigned("edge-1", OUTSIDE_ADDRESS, mode="Proxy"),
        Running(OUTSIDE, RELAY),
    )
