# SPDX-License-Identifier: GPL-3.0-or-later
"""A program on node-1 bans the client for a second, and again a moment after that is over."""

from __future__ import annotations

from podnet_lab.changes import Rule, Run, Running
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic

BAN = """
import subprocess, time
print("ready", flush=True)
while True:
    subprocess.run(["ipset", "-exist", "add", "banned", "<client-1>", "timeout", "1"])
    time.sleep(1.8)
"""


class FaultClass(Made):
    """A program on node-1 bans the client for a second, and again a moment after that is over."""

    truth = Truth(
        id="netfilter-drop",
        also=("rules-flapping",),  # the element that it drops by comes and goes
        location={"node": "node-1"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    traffic = Traffic("pod:default/client-1", "<web-2>", 8080, seconds=0.2, apart=0.1)
    attempts = 40
    lost = (4, 38)
    changes = (
        Run("node-1", "ipset create banned hash:ip timeout 1", "ipset destroy banned"),
        Rule("node-1", "mangle FORWARD -m set --match-set banned src -j DROP"),
        Running("node-1", BAN),
    )
