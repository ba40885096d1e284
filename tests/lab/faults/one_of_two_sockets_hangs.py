# SPDX-License-Identifier: GPL-3.0-or-later
"""One of two programs on the server's port accepts nobody."""

from __future__ import annotations

from podnet_lab.changes import Running
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving
from podnet_lab.servers import filling

PROGRAM = """
import socket, time
def listening(backlog):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    s.bind(("0.0.0.0", 8080))
    s.listen(backlog)
    return s
stuck, good = listening(1), listening(100)
while True:
    one, _ = good.accept()
    one.close()
"""


class FaultClass(Made):
    """One of two programs on the server's port accepts nobody."""

    truth = Truth(
        id="process-backlog-full",
        location={"namespace": "default", "pod": "half-1"},
        destination="pod:default/half-1",
        port=8080,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    attempts = 20
    lost = (2, 19)
    changes = (
        serving("half-1", command=["python3", "-c", PROGRAM]),
        Running("node-2", filling("<half-1>", 30), pod="client-2"),
    )
