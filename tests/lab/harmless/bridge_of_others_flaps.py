# SPDX-License-Identifier: GPL-3.0-or-later
"""A bridge that no pod of the cluster hangs on goes down and comes up, with its forwarding and its route."""

from __future__ import annotations

from podnet_lab.changes import Run, Running
from podnet_lab.faults import Truth
from podnet_lab.made import Made

FLAP = """
import subprocess, time
def ip(line): subprocess.run(["ip", *line.split()])
def forward(value): open("/proc/sys/net/ipv4/conf/docker0/forwarding", "w").write(value)
print("ready", flush=True)
while True:
    ip("link set docker0 down")
    forward("0")
    time.sleep(0.2)
    ip("link set docker0 up")
    forward("1")
    time.sleep(0.3)
"""


class FaultClass(Made):
    """A bridge that no pod of the cluster hangs on goes down and comes up, with its forwarding and its route."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (
        Run(
            "node-2",
            "ip link add docker0 type bridge\nip address add 172.17.0.1/16 dev docker0\nip link set docker0 up",
            "ip link del docker0",
        ),
        Running("node-2", FLAP),
    )
