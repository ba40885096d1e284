# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 has a route to one pod by a device whose program is gone, as a VPN leaves it."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 has a route to one pod by a device whose program is gone, as a VPN leaves it."""

    truth = Truth(
        id="route-wrong",
        location={"node": "node-1"},
        also=("device-down",),
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("nftables",)
    changes = (
        Run(
            "node-1",
            "ip tuntap add dev tun9 mode tun\nip link set tun9 up\nip route add <web-2>/32 dev tun9",
            "ip link del tun9",
        ),
    )
