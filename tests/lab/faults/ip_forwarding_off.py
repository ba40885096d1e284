# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 does not forward."""

from __future__ import annotations

from podnet_lab.changes import Sysctl
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 does not forward."""

    truth = Truth(
        id="ip-forwarding-off", location={"node": "node-2"}, destination="pod:default/client-2", protocol="icmp"
    )
    modes = ("iptables", "nftables", "host-gw")
    changes = (Sysctl("node-2", "net/ipv4/ip_forward", "0", "1"),)
