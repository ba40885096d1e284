# SPDX-License-Identifier: GPL-3.0-or-later
"""The server accepts connections and never answers."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """The server accepts connections and never answers."""

    truth = Truth(
        id="process-backlog-full",
        location={"node": "node-2", "namespace": "default", "pod": "hung-1"},
        destination="pod:default/hung-1",
        port=8080,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    traffic = Traffic("pod:default/client-1", "<hung-1>", 8080, size=10)
    changes = (
        Objects(
            (
                pod(
                    "hung-1",
                    command=[
                        "python3",
                        "-c",
                        "import socket, time\ns = socket.socket()\ns.bind(('0.0.0.0', 8080))\n"
                        "s.listen(400)\ntime.sleep(9e5)",
                    ],
                ),
            ),
            ready=("hung-1",),
        ),
    )
