# SPDX-License-Identifier: GPL-3.0-or-later
"""A program on node-1 forgets where the tunnel's other end is, and learns it again, all the time."""

from __future__ import annotations

from podnet_lab.changes import Run, Running
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic

FLAP = """
import subprocess, time
entry = "<node-2.vtep> dev flannel.1 dst <node-2>".split()
print("ready", flush=True)
while True:
    subprocess.run(["bridge", "fdb", "del", *entry])
    time.sleep(0.3)
    subprocess.run(["bridge", "fdb", "replace", *entry])
    time.sleep(0.5)
"""


class FaultClass(Made):
    """A program on node-1 forgets where the tunnel's other end is, and learns it again, all the time."""

    truth = Truth(
        id="rules-flapping",
        # Which of these it is called depends on the second; none of the pages claims it alone.
        also=("fdb-entry-missing", "address-flapping"),
        location={"node": "node-1"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("nftables",)
    traffic = Traffic("pod:default/client-1", "<web-2>", protocol="icmp")
    attempts = 150
    lost = (8, 145)
    changes = (
        Run("node-1", "true", "bridge fdb replace <node-2.vtep> dev flannel.1 dst <node-2>"),
        Running("node-1", FLAP),
    )
