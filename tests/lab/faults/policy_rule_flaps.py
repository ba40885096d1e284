# SPDX-License-Identifier: GPL-3.0-or-later
"""A program on node-1 writes a policy rule that discards what is for the other node's pods, and takes it back."""

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
    ip("rule add pref 90 to 10.244.2.0/24 blackhole")
    time.sleep(0.3)
    ip("rule del pref 90")
    time.sleep(0.5)
"""


class FaultClass(Made):
    """A program on node-1 writes a policy rule that discards what is for the other node's pods, and takes it back."""

    truth = Truth(
        id="rules-flapping",
        also=("policy-route-diverts",),  # while it is there
        location={"node": "node-1"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    traffic = Traffic("pod:default/client-1", "<web-2>", protocol="icmp")
    attempts = 150
    lost = (8, 145)
    changes = (Run("node-1", "true", "ip rule del pref 90"), Running("node-1", FLAP))
