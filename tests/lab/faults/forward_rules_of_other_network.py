# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2's FORWARD policy drops, and what flannel accepts is another network."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2's FORWARD policy drops, and what flannel accepts is another network."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (
        Run(
            "node-2",
            "iptables -w 5 -N SITE\niptables -w 5 -A SITE -s 10.100.0.0/16 -j ACCEPT\n"
            "iptables -w 5 -A SITE -d 10.100.0.0/16 -j ACCEPT\n"
            "iptables -w 5 -A SITE -s <client-1>/32 -j DROP\niptables -w 5 -I FORWARD -j SITE",
            "iptables -w 5 -D FORWARD -j SITE\niptables -w 5 -F SITE\niptables -w 5 -X SITE",
        ),
    )
