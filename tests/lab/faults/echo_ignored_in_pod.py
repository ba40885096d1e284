# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's namespace answers no pings, though its port is open."""

from __future__ import annotations

from podnet_lab.changes import Sysctl
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The server's namespace answers no pings, though its port is open."""

    truth = Truth(
        id="icmp-echo-ignored", location={"node": "node-2"}, destination="pod:default/client-2", protocol="icmp"
    )
    changes = (Sysctl("<client-2.node>", "net/ipv4/icmp_echo_ignore_all", "1", "0", pod="client-2"),)
