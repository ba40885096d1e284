# SPDX-License-Identifier: GPL-3.0-or-later
"""A program of node-2 holds the lock of the pods' addresses: each new pod waits for one."""

from __future__ import annotations

from podnet_lab.changes import Objects, Running
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod

HOLDS = """
import fcntl, time
lock = open("/var/lib/cni/networks/cbr0/lock", "w")
fcntl.flock(lock, fcntl.LOCK_EX)
print("ready", flush=True)
time.sleep(10**9)
"""


class FaultClass(Made):
    """A program of node-2 holds the lock of the pods' addresses: each new pod waits for one."""

    truth = Truth(
        id="pod-not-ready",
        location={"namespace": "default", "pod": "late-2"},
        destination="pod:default/late-2",
        port=8080,
        access="ssh",
    )
    modes = ("nftables",)
    born_broken = True
    changes = (Running("node-2", HOLDS), Objects((pod("late-2"),)))
