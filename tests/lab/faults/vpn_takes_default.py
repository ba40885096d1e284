# SPDX-License-Identifier: GPL-3.0-or-later
"""wg-quick's rules are left on node-1: what only the default route would carry goes into a tunnel."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """wg-quick's rules are left on node-1: what only the default route would carry goes into a tunnel."""

    truth = Truth(id="policy-route-diverts", location={"node": "node-1"}, destination="host:outside", port=22)
    modes = ("iptables", "host-gw")
    changes = (
        Run(
            "node-1",
            """ip tuntap add wg0 mode tun
            ip link set wg0 up
            ip route add default dev wg0 table 51820
            ip rule add pref 32764 not fwmark 0xca6c lookup 51820
            ip rule add pref 32763 lookup main suppress_prefixlength 0""",
            """ip rule del pref 32763
            ip rule del pref 32764
            ip route flush table 51820
            ip link del wg0""",
        ),
    )
