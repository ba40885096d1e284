# SPDX-License-Identifier: GPL-3.0-or-later
"""A script deletes node-1's route to the other node's pods and adds it again, all the time."""

from __future__ import annotations

from podnet_lab.changes import Run, Running
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic

FLAP = """
import subprocess, time
route = "10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink".split()
print("ready", flush=True)
while True:
    subprocess.run(["ip", "route", "del", *route])
    time.sleep(0.2)
    subprocess.run(["ip", "route", "replace", *route])
    time.sleep(0.5)
"""


class FaultClass(Made):
    """A script deletes node-1's route to the other node's pods and adds it again, all the time."""

    modes = ("iptables", "nftables")
    truth = Truth(
        id="rules-flapping",
        also=("route-missing",),
        location={"node": "node-1"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    traffic = Traffic("pod:default/client-1", "<web-2>", protocol="icmp")
    attempts = 150
    lost = (10, 140)
    changes = (
        Run("node-1", "true", "ip route replace 10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink"),
        Running("node-1", FLAP),
    )
