# SPDX-License-Identifier: GPL-3.0-or-later
"""The device of another pod goes down for a moment, again and again."""

from __future__ import annotations

from podnet_lab.changes import Run, Running
from podnet_lab.faults import Truth
from podnet_lab.made import Made

FLAP = """
import subprocess, time
def ip(line): subprocess.run(["ip", *line.split()])
print("ready", flush=True)
while True:
    ip("link set <client-2.veth> down")
    time.sleep(0.2)
    ip("link set <client-2.veth> up")
    time.sleep(0.6)
"""


class FaultClass(Made):
    """The device of another pod goes down for a moment, again and again."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    changes = (Run("<client-2.node>", "true", "ip link set <client-2.veth> up"), Running("<client-2.node>", FLAP))
