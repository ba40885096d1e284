# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 gives what comes for a pod a priority, whose class is wide; a class for others drops."""

from __future__ import annotations

from podnet_lab.changes import Run, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 gives what comes for a pod a priority, whose class is wide; a class for others drops."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "host-gw")
    changes = (
        Run(
            "node-2",
            """tc qdisc add dev <web-2.veth> root handle 1: htb default 10
            tc class add dev <web-2.veth> parent 1: classid 1:10 htb rate 1gbit
            tc class add dev <web-2.veth> parent 1: classid 1:66 htb rate 1gbit
            tc class add dev <web-2.veth> parent 1: classid 1:67 htb rate 8bit
            tc qdisc add dev <web-2.veth> parent 1:67 handle 67: blackhole""",
            "tc qdisc del dev <web-2.veth> root",
        ),
        nft_chain(
            "node-2", "ip", "forward", "tcp dport 8080 meta priority set 1:66\ntcp dport 8081 meta priority set 1:67"
        ),
    )
