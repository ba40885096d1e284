# SPDX-License-Identifier: GPL-3.0-or-later
"""The device of flannel's older back end is left on both nodes, with a route to the whole pod network.

Public report: kubernetes/kubernetes#9580.
"""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The device of flannel's older back end is left on both nodes, with a route to the whole pod network."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "host-gw")
    changes = tuple(
        Run(
            node,
            """ip tuntap add flannel0 mode tun
            ip address add 10.244.0.0/16 dev flannel0
            ip link set flannel0 mtu 1472 up""",
            "ip link del flannel0",
        )
        for node in ("node-1", "node-2")
    )
