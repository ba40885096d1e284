# SPDX-License-Identifier: GPL-3.0-or-later
"""A program accepts nobody, and its queue is full."""

from __future__ import annotations

from podnet_lab.changes import Running
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving

STUCK = "import socket, time; s = socket.create_server(('0.0.0.0', 8080), backlog=1); time.sleep(10**9)"
FILL = """
import socket, time
held = []
for _ in range(6):
    s = socket.socket()
    s.setblocking(False)
    s.connect_ex(("<stuck-1>", 8080))
    held.append(s)
time.sleep(1)
print("ready", flush=True)
time.sleep(10**9)
"""


class FaultClass(Made):
    """A program accepts nobody, and its queue is full."""

    truth = Truth(
        id="process-backlog-full",
        location={"node": "node-2", "namespace": "default", "pod": "stuck-1"},
        destination="pod:default/stuck-1",
        port=8080,
    )
    modes = ("iptables", "nftables")
    changes = (serving("stuck-1", command=["python3", "-c", STUCK]), Running("node-2", FILL, pod="client-2"))
    born_broken = True
