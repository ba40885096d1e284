# SPDX-License-Identifier: GPL-3.0-or-later
"""A program on node-2 turns forwarding from the tunnel off and on, all the time."""

from __future__ import annotations

from podnet_lab.changes import Running, Sysctl
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic

FLAP = """
import time
def write(value): open("/proc/sys/net/ipv4/conf/flannel.1/forwarding", "w").write(value)
print("ready", flush=True)
while True:
    write("0")
    time.sleep(0.25)
    write("1")
    time.sleep(0.6)
"""


class FaultClass(Made):
    """A program on node-2 turns forwarding from the tunnel off and on, all the time."""

    truth = Truth(
        id="ip-forwarding-off", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("nftables",)
    traffic = Traffic("pod:default/client-1", "<web-2>", protocol="icmp")
    attempts = 150
    lost = (8, 145)
    changes = (Sysctl("node-2", "net/ipv4/conf/flannel.1/forwarding", "1", "1"), Running("node-2", FLAP))
