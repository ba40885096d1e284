# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 sorts a port's packets into a class of its shaper that has no rate worth the name."""

from __future__ import annotations

from podnet_lab.changes import Rule, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 sorts a port's packets into a class of its shaper that has no rate worth the name."""

    truth = Truth(
        id="nic-drops",
        also=("packet-loss",),
        location={"node": "node-2"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    changes = (
        Rule("node-2", "mangle POSTROUTING -o cni0 -p tcp --dport 8080 -j CLASSIFY --set-class 1:20"),
        Run(
            "node-2",
            """tc qdisc add dev <web-2.veth> root handle 1: htb default 10
            tc class add dev <web-2.veth> parent 1: classid 1:10 htb rate 1gbit
            tc class add dev <web-2.veth> parent 1: classid 1:20 htb rate 8bit ceil 8bit burst 1 cburst 1
            tc qdisc add dev <web-2.veth> parent 1:20 handle 20: pfifo limit 1""",
            "tc qdisc del dev <web-2.veth> root",
        ),
    )
