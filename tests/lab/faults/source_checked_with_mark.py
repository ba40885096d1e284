# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 looks for the way back with the mark of a packet, and finds another one: src_valid_mark."""

from __future__ import annotations

from podnet_lab.changes import Run, Sysctl, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 looks for the way back with the mark of a packet, and finds another one: src_valid_mark."""

    truth = Truth(id="rp-filter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("host-gw",)
    changes = (
        nft_chain("node-2", "ip", "prerouting", "ip saddr 10.244.1.0/24 meta mark set 0x77", "-150"),
        Run(
            "node-2",
            "ip route add 10.244.1.0/24 dev cni0 table 77\nip rule add pref 77 fwmark 0x77 lookup 77",
            "ip rule del pref 77\nip route flush table 77",
        ),
        Sysctl("node-2", "net/ipv4/conf/eth0/src_valid_mark", "1", "0"),
        Sysctl("node-2", "net/ipv4/conf/eth0/rp_filter", "1", "0"),
    )
