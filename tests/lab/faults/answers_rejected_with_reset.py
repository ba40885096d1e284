# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 answers the server's answers with a reset, so that the client hears nothing."""

from __future__ import annotations

from podnet_lab.changes import Run, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 answers the server's answers with a reset, so that the client hears nothing."""

    truth = Truth(id="netfilter-reject", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "host-gw")
    changes = (
        nft_chain("node-1", "inet", "forward", "ip saddr <web-2> tcp sport 8080 reject with tcp reset", "-7"),
        Run("node-1", "ip route add blackhole 10.96.0.0/12", "ip route del blackhole 10.96.0.0/12"),
        Run(
            "node-2",
            "ip link add docker0 type bridge\nip address add 172.17.0.1/16 dev docker0\niptables -w 10 -P FORWARD DROP",
            "ip link del docker0\niptables -w 10 -P FORWARD ACCEPT",
        ),
    )
