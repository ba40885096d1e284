# SPDX-License-Identifier: GPL-3.0-or-later
"""Discovery of path MTU is off on both nodes and in the client, and packets fit all the same."""

from __future__ import annotations

from podnet_lab.changes import Sysctl
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Discovery of path MTU is off on both nodes and in the client, and packets fit all the same."""

    truth = Truth(id="", destination="service:default/web", port=80)
    modes = ("iptables", "host-gw")
    changes = (
        *(Sysctl(node, "net/ipv4/ip_no_pmtu_disc", "1", "0") for node in ("node-1", "node-2")),
        Sysctl("<client-1.node>", "net/ipv4/ip_no_pmtu_disc", "1", "0", pod="client-1"),
    )
