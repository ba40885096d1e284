# SPDX-License-Identifier: GPL-3.0-or-later
"""The switch port of node-2 loses its link for a moment, again and again."""

from __future__ import annotations

from podnet_lab.changes import Run, Running
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic

FLAP = """
import subprocess, time
print("ready", flush=True)
while True:
    subprocess.run(["ip", "link", "set", "node-2", "down"])
    time.sleep(0.1)
    subprocess.run(["ip", "link", "set", "node-2", "up"])
    time.sleep(0.6)
"""


class FaultClass(Made):
    """The switch port of node-2 loses its link for a moment, again and again."""

    truth = Truth(
        id="device-down",
        location={"node": "node-2", "device": "eth0"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    traffic = Traffic("pod:default/client-1", "<web-2>", protocol="icmp")
    attempts = 150
    lost = (5, 145)
    changes = (Run("fabric", "true", "ip link set node-2 up"), Running("fabric", FLAP))
