# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 was hardened and answers no pings; its ports are open."""

from __future__ import annotations

from podnet_lab.changes import Sysctl
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 was hardened and answers no pings; its ports are open."""

    truth = Truth(id="icmp-echo-ignored", location={"node": "node-2"}, destination="node:node-2", protocol="icmp")
    modes = ("iptables", "host-gw")
    changes = (Sysctl("node-2", "net/ipv4/icmp_echo_ignore_all", "1", "0"),)
