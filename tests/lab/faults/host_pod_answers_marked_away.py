# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 marks what comes for its own programs, and their answers follow the mark into a blackhole."""

from __future__ import annotations

from podnet_lab.changes import Run, Sysctl, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 marks what comes for its own programs, and their answers follow the mark into a blackhole."""

    truth = Truth(id="policy-route-diverts", location={"node": "node-2"}, destination="node:node-2", port=10250)
    modes = ("nftables", "host-gw")
    changes = (
        Sysctl("node-2", "net/ipv4/tcp_fwmark_accept", "1", "0"),
        nft_chain("node-2", "ip", "prerouting", "tcp dport 10250 meta mark set 0x99", "-150"),
        Run(
            "node-2",
            "ip route add blackhole default table 99\nip rule add pref 99 fwmark 0x99 lookup 99",
            "ip rule del pref 99\nip route flush table 99",
        ),
    )
