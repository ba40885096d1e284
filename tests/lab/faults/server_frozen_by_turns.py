# SPDX-License-Identifier: GPL-3.0-or-later
"""A server stops for a second and a half, and goes on for half a second."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import HTTP, pod
from podnet_lab.traffic import Traffic

SERVER = HTTP % ("0.0.0.0", 8080)
BRIEF = f"""
import signal, subprocess, sys, time
one = subprocess.Popen([sys.executable, "-c", {SERVER!r}])
time.sleep(1)
while True:
    one.send_signal(signal.SIGSTOP)
    time.sleep(1.5)
    one.send_signal(signal.SIGCONT)
    time.sleep(0.5)
"""


class FaultClass(Made):
    """A server stops for a second and a half, and goes on for half a second."""

    truth = Truth(
        id="backend-unhealthy",
        also=("process-backlog-full",),
        location={"namespace": "default", "pod": "frozen-1"},
        destination="pod:default/frozen-1",
        port=8080,
    )
    born_broken = True
    traffic = Traffic("pod:default/client-1", "<frozen-1>", 8080, size=10, seconds=0.5, apart=0.1)
    attempts = 40
    lost = (4, 38)
    changes = (Objects((pod("frozen-1", command=["python3", "-c", BRIEF]),), running=("frozen-1",)),)
