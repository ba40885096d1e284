# SPDX-License-Identifier: GPL-3.0-or-later
"""A filter in a block that devices share hands a pod's connections to a device of nobody."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made

AWAY = "u32 match ip dport 8080 0xffff match ip dst <web-2>/32 action mirred egress redirect dev sink0"


class FaultClass(Made):
    """A filter in a block that devices share hands a pod's connections to a device of nobody."""

    truth = Truth(id="tc-filter-drop", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables",)
    changes = (
        Run(
            "node-1",
            f"""ip link add sink0 type veth peer name sink1
            ip link set sink0 up
            ip link set sink1 up
            tc qdisc add dev <client-1.veth> ingress_block 22 ingress
            tc filter add block 22 protocol ip {AWAY}""",
            """tc qdisc del dev <client-1.veth> ingress
            ip link del sink0""",
        ),
    )
