# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 does not forward what comes in by its NIC: its node ports are dead, its pods are well."""

from __future__ import annotations

from podnet_lab.changes import Sysctl
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 does not forward what comes in by its NIC: its node ports are dead, its pods are well."""

    truth = Truth(
        id="ip-forwarding-off",
        location={"node": "node-1"},
        source="host:outside",
        destination="node:node-1",
        port=30080,
    )
    modes = ("iptables", "nftables", "host-gw")
    changes = (Sysctl("node-1", "net/ipv4/conf/eth0/forwarding", "0", "1"),)
