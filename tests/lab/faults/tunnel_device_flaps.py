# SPDX-License-Identifier: GPL-3.0-or-later
"""The tunnel of node-1 goes down for a moment, again and again, and what leads by it goes with it."""

from __future__ import annotations

from podnet_lab.changes import Run, Running
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic

FLAP = """
import subprocess, time
def ip(line): subprocess.run(["ip", *line.split()])
print("ready", flush=True)
while True:
    ip("link set flannel.1 down")
    time.sleep(0.2)
    ip("link set flannel.1 up")
    ip("route replace 10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink")
    ip("neigh replace 10.244.2.0 lladdr <node-2.vtep> dev flannel.1 nud permanent")
    time.sleep(0.6)
"""


class FaultClass(Made):
    """The tunnel of node-1 goes down for a moment, again and again, and what leads by it goes with it."""

    truth = Truth(
        id="device-down",
        location={"node": "node-1", "device": "flannel.1"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    traffic = Traffic("pod:default/client-1", "<web-2>", protocol="icmp")
    attempts = 150
    lost = (8, 145)
    changes = (
        Run(
            "node-1",
            "true",
            "ip link set flannel.1 up\n"
            "ip route replace 10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink\n"
            "ip neigh replace 10.244.2.0 lladdr <node-2.vtep> dev flannel.1 nud permanent",
        ),
        Running("node-1", FLAP),
    )
