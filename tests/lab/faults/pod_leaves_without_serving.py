# SPDX-License-Identifier: GPL-3.0-or-later
"""The only pod of a Service is being deleted, has stopped to serve, and takes its time."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Leaving
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

# It closes its socket when it is told to end, and ends much later.
PROGRAM = """
import signal, socket, threading, time
s = socket.create_server(("0.0.0.0", 8080))
signal.signal(signal.SIGTERM, lambda *a: s.close())
def serve():
    while True:
        s.accept()[0].close()
threading.Thread(target=serve, daemon=True).start()
while True:
    time.sleep(1)
"""
LEAVES = pod("leaves-1", command=["python3", "-c", PROGRAM])
LEAVES["spec"]["terminationGracePeriodSeconds"] = 60


class FaultClass(Made):
    """The only pod of a Service is being deleted, has stopped to serve, and takes its time."""

    truth = Truth(
        id="port-not-listening",
        also=("pod-not-ready", "container-not-ready", "service-no-ready-pods"),
        location={"namespace": "default"},
        destination="service:default/leaves-1",
        port=80,
    )
    modes = ("iptables", "nftables")
    scene = (Objects((service("leaves-1"),)),)
    changes = (Leaving(Objects((LEAVES,), ready=("leaves-1",)), "leaves-1"),)
    born_broken = True
    stay_seconds = 4
