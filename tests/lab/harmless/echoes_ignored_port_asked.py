# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod answers no pings, and its port is asked for."""

from __future__ import annotations

from podnet_lab.changes import Sysctl
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A pod answers no pings, and its port is asked for."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables",)
    changes = (Sysctl("node-2", "net/ipv4/icmp_echo_ignore_all", "1", "0", pod="web-2"),)
