# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 sends nothing but TCP and ICMP: its OUTPUT policy drops the tunnel's packets."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 sends nothing but TCP and ICMP: its OUTPUT policy drops the tunnel's packets."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (
        Run(
            "node-1",
            "iptables -w 5 -A OUTPUT -p tcp -j ACCEPT\niptables -w 5 -A OUTPUT -p icmp -j ACCEPT\n"
            "iptables -w 5 -A OUTPUT -o lo -j ACCEPT\niptables -w 5 -P OUTPUT DROP",
            "iptables -w 5 -P OUTPUT ACCEPT\niptables -w 5 -D OUTPUT -p tcp -j ACCEPT\n"
            "iptables -w 5 -D OUTPUT -p icmp -j ACCEPT\niptables -w 5 -D OUTPUT -o lo -j ACCEPT",
        ),
    )
