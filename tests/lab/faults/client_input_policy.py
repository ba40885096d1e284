# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's namespace takes in nothing but ICMP."""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The client's namespace takes in nothing but ICMP."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-1", "pod": "client-1"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables", "nftables")
    changes = (
        in_pod(
            "client-1",
            "iptables -w 5 -A INPUT -p icmp -j ACCEPT\niptables -w 5 -P INPUT DROP",
            "iptables -w 5 -P INPUT ACCEPT\niptables -w 5 -D INPUT -p icmp -j ACCEPT",
        ),
    )
