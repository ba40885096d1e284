# SPDX-License-Identifier: GPL-3.0-or-later
"""Routes and policy rules of node-1 for other networks come and go."""

from __future__ import annotations

from podnet_lab.changes import Run, Running
from podnet_lab.faults import Truth
from podnet_lab.made import Made

FLAP = """
import subprocess, time
def ip(line): subprocess.run(["ip", *line.split()])
print("ready", flush=True)
while True:
    ip("rule add pref 90 to 198.18.0.0/15 blackhole")
    ip("route add 198.18.0.0/15 via 192.0.2.1")
    time.sleep(0.3)
    ip("rule del pref 90")
    ip("route del 198.18.0.0/15")
    time.sleep(0.3)
"""


class FaultClass(Made):
    """Routes and policy rules of node-1 for other networks come and go."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables",)
    changes = (Run("node-1", "true", "ip rule del pref 90\nip route del 198.18.0.0/15"), Running("node-1", FLAP))
