# SPDX-License-Identifier: GPL-3.0-or-later
"""Routing rules by user, port, protocol, class and device forbid what others send."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made

DO = """
ip rule add pref 90 uidrange 1000-1999 to 10.244.0.0/16 prohibit
ip rule add pref 91 ipproto udp sport 8080 blackhole
ip rule add pref 92 ipproto tcp dport 8081-9000 unreachable
ip rule add pref 93 tos 0x10 to 10.244.0.0/16 blackhole
ip rule add pref 94 iif lo ipproto tcp dport 8080 to 10.244.9.0/24 prohibit
ip rule add pref 95 fwmark 0x80/0x80 prohibit
ip rule add pref 96 not from 0.0.0.0/0 blackhole
"""
BACK = "\n".join(f"ip rule del pref {number}" for number in range(90, 97))


class FaultClass(Made):
    """Routing rules by user, port, protocol, class and device forbid what others send."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "host-gw")
    changes = tuple(Run(node, DO, BACK) for node in ("node-1", "node-2"))
