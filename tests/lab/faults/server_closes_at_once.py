# SPDX-License-Identifier: GPL-3.0-or-later
"""The server takes connections and closes each of them without a word."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod
from podnet_lab.traffic import Traffic

CURT = """
import socket
s = socket.create_server(("0.0.0.0", 8080))
while True:
    s.accept()[0].close()
"""


class FaultClass(Made):
    """The server takes connections and closes each of them without a word."""

    about = "The server takes connections and closes each of them without a word"
    truth = Truth(
        id="backend-unhealthy",
        also=("process-backlog-full",),
        location={"node": "node-2", "namespace": "default", "pod": "curt-1"},
        source="pod:default/client-1",
        destination="pod:default/curt-1",
        port=8080,
    )
    born_broken = True
    traffic = Traffic("pod:default/client-1", "<curt-1>", 8080, size=10)
    changes = (Objects((pod("curt-1", command=["python3", "-c", CURT]),), ready=("curt-1",)),)
