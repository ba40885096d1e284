# SPDX-License-Identifier: GPL-3.0-or-later
"""A program on node-1 bans somebody else for a second, and again a moment after that is over."""

from __future__ import annotations

from podnet_lab.changes import Rule, Run, Running
from podnet_lab.faults import Truth
from podnet_lab.made import Made

BAN = """
import subprocess, time
print("ready", flush=True)
while True:
    subprocess.run(["ipset", "-exist", "add", "banned", "203.0.113.9", "timeout", "1"])
    time.sleep(1.8)
"""


class FaultClass(Made):
    """A program on node-1 bans somebody else for a second, and again a moment after that is over."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    changes = (
        Run("node-1", "ipset create banned hash:ip timeout 1", "ipset destroy banned"),
        Rule("node-1", "mangle FORWARD -m set --match-set banned src -j DROP"),
        Running("node-1", BAN),
    )
