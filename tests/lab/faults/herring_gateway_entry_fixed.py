# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 has a wrong fixed entry for its gateway, beside leftovers of Docker and Calico that harm nothing."""

from __future__ import annotations

from podnet_lab.changes import Rule, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 has a wrong fixed entry for its gateway, beside leftovers of Docker and Calico that harm nothing."""

    truth = Truth(id="neighbour-failed", location={"node": "node-1"}, destination="198.51.100.10", port=22)
    modes = ("nftables", "host-gw")
    changes = (
        Run(
            "node-1",
            "ip neigh replace 192.0.2.1 lladdr 02:00:00:00:00:99 dev eth0 nud permanent",
            "ip neigh del 192.0.2.1 dev eth0",
        ),
        Run(
            "node-1",
            "ip link add docker0 type bridge\nip address add 172.17.0.1/16 dev docker0\n"
            "ip route add blackhole 192.168.77.0/26",
            "ip link del docker0\nip route del blackhole 192.168.77.0/26",
        ),
        Rule("node-1", "filter FORWARD -i cali+ -j DROP"),
    )
