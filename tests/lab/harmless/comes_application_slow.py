# SPDX-License-Identifier: GPL-3.0-or-later
"""An application accepts at once and answers after two seconds."""

from __future__ import annotations

from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving

SLOW = """
import socket, threading, time
s = socket.create_server(("0.0.0.0", 8080), backlog=128)
def serve(one):
    time.sleep(2)
    one.close()
while True:
    one, _peer = s.accept()
    threading.Thread(target=serve, args=(one,), daemon=True).start()
"""


class FaultClass(Made):
    """An application accepts at once and answers after two seconds."""

    truth = Truth(id="", destination="pod:default/slow-1", port=8080)
    born_broken = True
    changes = (serving("slow-1", command=["python3", "-c", SLOW]),)
