# SPDX-License-Identifier: GPL-3.0-or-later
"""A cloned hardware address: the bridge of node-2 has that of a pod, and keeps its frames."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A cloned hardware address: the bridge of node-2 has that of a pod, and keeps its frames."""

    truth = Truth(
        id="duplicate-address", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("nftables",)
    changes = (
        Run(
            "node-2",
            """sh -c "cat /sys/class/net/cni0/address > /run/mac-of-cni0"
            ip link set cni0 address <web-2.mac>""",
            """sh -c "ip link set cni0 address $(cat /run/mac-of-cni0)"
            bridge fdb del <web-2.mac> dev cni0 master""",
        ),
    )
