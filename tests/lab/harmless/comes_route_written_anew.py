# SPDX-License-Identifier: GPL-3.0-or-later
"""A script writes the route and the neighbour that are there already, all the time."""

from __future__ import annotations

from podnet_lab.changes import Running
from podnet_lab.faults import Truth
from podnet_lab.made import Made

SYNC = """
import subprocess, time
print("ready", flush=True)
mac = subprocess.run("ip neigh show 10.244.2.0 dev flannel.1".split(), capture_output=True, text=True).stdout.split()
mac = mac[mac.index("lladdr") + 1]
while True:
    subprocess.run("ip route replace 10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink".split())
    subprocess.run(["ip", "neigh", "replace", "10.244.2.0", "lladdr", mac, "dev", "flannel.1", "nud", "permanent"])
    time.sleep(0.2)
"""


class FaultClass(Made):
    """A script writes the route and the neighbour that are there already, all the time."""

    modes = ("iptables", "nftables")
    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    changes = (Running("node-1", SYNC),)
