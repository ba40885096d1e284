# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's port on node-2 is in a bridge of its own, which is up."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The server's port on node-2 is in a bridge of its own, which is up."""

    truth = Truth(
        id="bridge-port-detached", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("nftables",)
    changes = (
        Run(
            "node-2",
            "ip link add br9 type bridge\nip link set br9 up\nip link set <web-2.veth> master br9",
            "ip link set <web-2.veth> master cni0\nbridge link set dev <web-2.veth> hairpin on\nip link del br9",
        ),
    )
