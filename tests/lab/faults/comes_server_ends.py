# SPDX-License-Identifier: GPL-3.0-or-later
"""A server ends after a second and a half, and what watches it in its container starts it a second later."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import HTTP, pod, service
from podnet_lab.traffic import Traffic

SERVER = HTTP % ("0.0.0.0", 8080)
BRIEF = f"""
import subprocess, sys, time
while True:
    one = subprocess.Popen([sys.executable, "-c", {SERVER!r}])
    time.sleep(1.5)
    one.kill()
    one.wait()
    time.sleep(1)
"""


class FaultClass(Made):
    """A server ends after a second and a half, and what watches it in its container starts it a second later."""

    truth = Truth(
        id="port-not-listening",
        also=("backend-unhealthy",),
        location={"namespace": "default"},
        destination="service:default/brief-1",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    traffic = Traffic("pod:default/client-1", "<service:default/brief-1>", 80, seconds=0.5, apart=0.2)
    attempts = 40
    lost = (2, 38)
    changes = (Objects((pod("brief-1", command=["python3", "-c", BRIEF]), service("brief-1")), running=("brief-1",)),)
