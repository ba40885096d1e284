# SPDX-License-Identifier: GPL-3.0-or-later
"""Something gives the web pod another hardware address on node-2, and takes it back, all the time."""

from __future__ import annotations

from podnet_lab.changes import Run, Running
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic

FLAP = """
import subprocess, time
def ip(*words):
    return subprocess.run(["ip", *words], capture_output=True, text=True).stdout
true = ip("neigh", "show", "<web-2>", "dev", "cni0").split()
true = true[true.index("lladdr") + 1] if "lladdr" in true else ""
print("ready", flush=True)
while True:
    ip("neigh", "replace", "<web-2>", "lladdr", "02:00:5e:00:53:99", "dev", "cni0", "nud", "reachable")
    time.sleep(0.2)
    if true:
        ip("neigh", "replace", "<web-2>", "lladdr", true, "dev", "cni0", "nud", "reachable")
    else:
        ip("neigh", "del", "<web-2>", "dev", "cni0")
    time.sleep(0.4)
"""


class FaultClass(Made):
    """Something gives the web pod another hardware address on node-2, and takes it back, all the time."""

    truth = Truth(
        id="address-flapping",
        also=("neighbour-failed",),
        location={"node": "node-2"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    traffic = Traffic("pod:default/client-1", "<web-2>", protocol="icmp")
    attempts = 150
    lost = (10, 140)
    changes = (Run("node-2", "true", "ip neigh del <web-2> dev cni0"), Running("node-2", FLAP))
