# SPDX-License-Identifier: GPL-3.0-or-later
"""A VPN of both nodes has a route for 10.0.0.0/8, and the pods' networks have narrower ones."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made

MADE = """
ip tuntap add tun0 mode tun
ip address add 10.8.8.5/32 dev tun0
ip link set tun0 up
ip route add 10.0.0.0/8 dev tun0
"""


class FaultClass(Made):
    """A VPN of both nodes has a route for 10.0.0.0/8, and the pods' networks have narrower ones."""

    truth = Truth(id="", destination="service:default/web", port=80)
    modes = ("iptables", "host-gw")
    changes = tuple(Run(node, MADE, "ip link del tun0") for node in ("node-1", "node-2"))
