# SPDX-License-Identifier: GPL-3.0-or-later
"""A filter of traffic control hands half of a pod's connections, by a bit of their port, to a device of nobody."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made

AWAY = "u32 match ip dport 8080 0xffff match ip sport 2 0x2 action mirred egress redirect dev sink0"


class FaultClass(Made):
    """A filter of traffic control hands half of a pod's connections, by a bit of their port, to a device of nobody."""

    truth = Truth(id="tc-filter-drop", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables",)
    attempts = 24
    lost = (3, 22)
    changes = (
        Run(
            "node-1",
            f"""ip link add sink0 type veth peer name sink1
            ip link set sink0 up
            ip link set sink1 up
            tc qdisc add dev <client-1.veth> ingress
            tc filter add dev <client-1.veth> parent ffff: protocol ip {AWAY}""",
            """tc qdisc del dev <client-1.veth> ingress
            ip link del sink0""",
        ),
    )
