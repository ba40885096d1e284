# SPDX-License-Identifier: GPL-3.0-or-later
"""The bridge of node-2 goes down for a moment, again and again."""

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
    ip("link set cni0 down")
    time.sleep(0.2)
    ip("link set cni0 up")
    time.sleep(0.6)
"""


class FaultClass(Made):
    """The bridge of node-2 goes down for a moment, again and again."""

    truth = Truth(
        id="device-down",
        location={"node": "node-2", "device": "cni0"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("nftables",)
    traffic = Traffic("pod:default/client-1", "<web-2>", protocol="icmp")
    attempts = 150
    lost = (8, 145)
    changes = (Run("node-2", "true", "ip link set cni0 up"), Running("node-2", FLAP))
