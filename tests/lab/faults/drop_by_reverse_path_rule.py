# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 has firewalld's reverse path rule, and no route back by the tunnel."""

from __future__ import annotations

from podnet_lab.changes import Run, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 has firewalld's reverse path rule, and no route back by the tunnel."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/client-2", protocol="icmp")
    changes = (
        nft_chain(
            "node-2",
            "inet",
            "prerouting",
            "meta nfproto ipv4 ip saddr <client-1> fib saddr . iif oif missing drop",
            "-290",
        ),
        Run("node-2", "ip route add <client-1>/32 via 192.0.2.11 dev eth0", "ip route del <client-1>/32"),
    )
