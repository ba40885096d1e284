# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's device on node-2 is dormant, as if it waited to be let in: its bridge does not use it."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The server's device on node-2 is dormant, as if it waited to be let in: its bridge does not use it."""

    truth = Truth(
        id="device-down",
        also=("bridge-port-detached",),
        location={"node": "node-2"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("nftables", "iptables")
    changes = (
        Run(
            "node-2",
            "ip link set <web-2.veth> mode dormant\nip link set <web-2.veth> state DORMANT",
            "ip link set <web-2.veth> mode default\nip link set <web-2.veth> state UP",
        ),
    )
