# SPDX-License-Identifier: GPL-3.0-or-later
"""Something in the server's namespace takes its device down for a moment, again and again."""

from __future__ import annotations

from podnet_lab.changes import Running, in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic

FLAP = """
import subprocess, time
def ip(line): subprocess.run(["ip", *line.split()])
print("ready", flush=True)
while True:
    ip("link set eth0 down")
    time.sleep(0.2)
    ip("link set eth0 up")
    ip("route replace default via 10.244.2.1")
    time.sleep(0.6)
"""


class FaultClass(Made):
    """Something in the server's namespace takes its device down for a moment, again and again."""

    truth = Truth(
        id="device-down",
        location={"node": "node-2", "pod": "<web-2.name>"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    traffic = Traffic("pod:default/client-1", "<web-2>", protocol="icmp")
    attempts = 150
    lost = (8, 145)
    changes = (
        in_pod("web-2", "true", "ip link set eth0 up\nip route replace default via 10.244.2.1"),
        Running("node-2", FLAP, pod="web-2"),
    )
