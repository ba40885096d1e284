# SPDX-License-Identifier: GPL-3.0-or-later
"""wg-quick's rules on node-1: all but its own packets take another table, which leads to the same gateway."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """wg-quick's rules on node-1: all but its own packets take another table, which leads to the same gateway."""

    truth = Truth(id="", destination="198.51.100.10", port=22)
    modes = ("nftables", "host-gw")
    changes = (
        Run(
            "node-1",
            "ip route add default via 192.0.2.1 dev eth0 table 51820\n"
            "ip rule add pref 32764 lookup main suppress_prefixlength 0\n"
            "ip rule add pref 32765 not fwmark 0xca6c lookup 51820",
            "ip rule del pref 32765\nip rule del pref 32764\nip route flush table 51820",
        ),
    )
