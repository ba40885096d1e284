# SPDX-License-Identifier: GPL-3.0-or-later
"""A program on node-1 blocks the port and opens it again, all the time."""

from __future__ import annotations

from podnet_lab.changes import Run, Running
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic

REWRITE = """
import subprocess, time
rule = "FORWARD -p tcp --dport 8080 -j DROP".split()
print("ready", flush=True)
while True:
    subprocess.run(["iptables", "-w", "10", "-I", *rule])
    time.sleep(0.15)
    subprocess.run(["iptables", "-w", "10", "-D", *rule])
    time.sleep(0.25)
"""


class FaultClass(Made):
    """A program on node-1 blocks the port and opens it again, all the time."""

    truth = Truth(id="rules-flapping", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    traffic = Traffic("pod:default/client-1", "<web-2>", 8080, seconds=0.15, apart=0.1)
    attempts = 30
    lost = (1, 30)
    changes = (
        Running("node-1", REWRITE),
        Run("node-1", "true", "iptables -w 10 -D FORWARD -p tcp --dport 8080 -j DROP"),
    )
