# SPDX-License-Identifier: GPL-3.0-or-later
"""A program accepts nobody, and its pod resets what does not fit into the queue."""

from __future__ import annotations

from podnet_lab.changes import Running, Sysctl
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving
from podnet_lab.traffic import Traffic

STUCK = "import socket, time; s = socket.create_server(('0.0.0.0', 8080), backlog=1); time.sleep(10**9)"
FILL = """
held = []
import socket, time
for _ in range(6):
    s = socket.socket()
    s.setblocking(False)
    s.connect_ex(("<stuck-2>", 8080))
    held.append(s)
time.sleep(1)
print("ready", flush=True)
time.sleep(10**9)
"""


class FaultClass(Made):
    """A program accepts nobody, and its pod resets what does not fit into the queue."""

    truth = Truth(
        id="process-backlog-full",
        location={"node": "node-2", "namespace": "default", "pod": "stuck-2"},
        destination="pod:default/stuck-2",
        port=8080,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    traffic = Traffic("pod:default/client-1", "<stuck-2>", 8080, size=10)
    changes = (
        serving("stuck-2", command=["python3", "-c", STUCK]),
        Sysctl("node-2", "net/ipv4/tcp_abort_on_overflow", "1", "0", pod="stuck-2"),
        Running("node-2", FILL, pod="client-2"),
    )
