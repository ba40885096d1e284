# SPDX-License-Identifier: GPL-3.0-or-later
"""A server serves one client at a time, and another client keeps its connection and says nothing."""

from __future__ import annotations

from podnet_lab.changes import Running
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import HTTP, serving
from podnet_lab.traffic import Traffic

SINGLE = (HTTP % ("0.0.0.0", 8080)).replace("ThreadingHTTPServer", "HTTPServer")
SILENT = """
import socket, time
s = socket.create_connection(("<single-1>", 8080))
print("ready", flush=True)
time.sleep(10**9)
"""


class FaultClass(Made):
    """A server serves one client at a time, and another client keeps its connection and says nothing."""

    truth = Truth(
        id="process-backlog-full",
        location={"namespace": "default", "pod": "single-1"},
        source="node:node-1",
        destination="pod:default/single-1",
        port=8080,
    )
    modes = ("iptables", "nftables")
    traffic = Traffic("node:node-1", "<single-1>", 8080, size=10)
    scene = (serving("single-1", command=["python3", "-c", SINGLE]),)
    changes = (Running("node-2", SILENT, pod="client-2"),)
