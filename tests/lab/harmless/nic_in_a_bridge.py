# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2's NIC is a port of a bridge that is up, and its address stays where it was."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2's NIC is a port of a bridge that is up, and its address stays where it was."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    changes = (
        Run(
            "node-2",
            "ip link add br9 type bridge\nip link set br9 up\nip link set eth0 master br9",
            "ip link set eth0 nomaster\nip link del br9",
        ),
    )
