# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 forwards nothing that comes from its pods: what they answer ends there."""

from __future__ import annotations

from podnet_lab.changes import Sysctl
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 forwards nothing that comes from its pods: what they answer ends there."""

    truth = Truth(
        id="ip-forwarding-off",
        location={"node": "node-2", "device": "cni0"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables", "host-gw")
    changes = (Sysctl("node-2", "net/ipv4/conf/cni0/forwarding", "0", "1"),)
