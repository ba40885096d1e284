# SPDX-License-Identifier: GPL-3.0-or-later
"""A program accepts more slowly than its clients come, so that its queue is full most of the time."""

from __future__ import annotations

from podnet_lab.changes import Running
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving
from podnet_lab.traffic import Traffic

SLOW = """
import socket, time
s = socket.create_server(("0.0.0.0", 8080), backlog=2)
while True:
    one, _peer = s.accept()
    one.close()
    time.sleep(0.25)
"""
COMING = """
import socket, threading, time
def come():
    while True:
        try:
            with socket.create_connection(("<slow-1>", 8080), 3) as one:
                one.recv(1)
        except OSError:
            pass
for _ in range(6):
    threading.Thread(target=come, daemon=True).start()
time.sleep(1)
print("ready", flush=True)
time.sleep(10**9)
"""


class FaultClass(Made):
    """A program accepts more slowly than its clients come, so that its queue is full most of the time."""

    truth = Truth(
        id="process-backlog-full",
        location={"node": "node-2", "namespace": "default", "pod": "slow-1"},
        destination="pod:default/slow-1",
        port=8080,
    )
    traffic = Traffic("pod:default/client-1", "<slow-1>", 8080, seconds=0.7, apart=0.3)
    attempts = 12
    lost = (2, 12)
    changes = (serving("slow-1", command=["python3", "-c", SLOW]), Running("node-2", COMING, pod="client-2"))
    born_broken = True
