# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 gives what comes for a pod a priority, and the device's class of that priority drops everything."""

from __future__ import annotations

from podnet_lab.changes import Run, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 gives what comes for a pod a priority, and the device's class of that priority drops everything."""

    truth = Truth(
        id="nic-drops",
        location={"node": "node-2", "device": "<web-2.veth>"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables", "host-gw")
    changes = (
        Run(
            "node-2",
            """tc qdisc add dev <web-2.veth> root handle 1: htb default 10
            tc class add dev <web-2.veth> parent 1: classid 1:10 htb rate 1gbit
            tc class add dev <web-2.veth> parent 1: classid 1:66 htb rate 1gbit
            tc qdisc add dev <web-2.veth> parent 1:66 handle 66: blackhole""",
            "tc qdisc del dev <web-2.veth> root",
        ),
        nft_chain("node-2", "ip", "forward", 'oifname "cni0" tcp dport 8080 meta priority set 1:66'),
    )
