# SPDX-License-Identifier: GPL-3.0-or-later
"""A policy rule for everybody leads to a table that has no route for anything asked."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A policy rule for everybody leads to a table that has no route for anything asked."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables", "host-gw")
    changes = (
        Run(
            "node-1",
            "ip link add wg0 type veth peer name wg0-peer\nip link set wg0 up\n"
            "ip route add 203.0.113.0/24 dev wg0 table 52\n"
            "ip rule add pref 5270 lookup 52",
            "ip rule del pref 5270\nip route flush table 52\nip link del wg0",
        ),
    )
