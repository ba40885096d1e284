# SPDX-License-Identifier: GPL-3.0-or-later
"""A server has no file descriptor left: connections open, and nobody answers on them."""

from __future__ import annotations

from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving
from podnet_lab.traffic import Traffic

SERVER = """
import resource, socket, time
s = socket.create_server(("0.0.0.0", 8080), backlog=100)
resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
while True:
    try:
        s.accept()
    except OSError:
        time.sleep(0.1)
"""


class FaultClass(Made):
    """A server has no file descriptor left: connections open, and nobody answers on them."""

    truth = Truth(
        id="backend-unhealthy",
        location={"namespace": "default", "pod": "few-1"},
        also=("process-backlog-full",),
        destination="pod:default/few-1",
        port=8080,
    )
    modes = ("nftables",)
    born_broken = True
    traffic = Traffic("pod:default/client-1", "<few-1>", 8080, size=100)
    changes = (serving("few-1", command=["python3", "-c", SERVER]),)
