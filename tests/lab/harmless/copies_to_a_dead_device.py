# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters of node-1 copy what a pod sends to a device that is down, and to one that nobody reads."""

from __future__ import annotations

from podnet_lab.changes import Nft, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made

COPY = "u32 match u32 0 0 action mirred egress mirror dev copy0"


class FaultClass(Made):
    """Filters of node-1 copy what a pod sends to a device that is down, and to one that nobody reads."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (
        Run(
            "node-1",
            f"""ip link add copy0 type veth peer name copy1
            ip link add copy2 type veth peer name copy3
            ip link set copy2 up
            tc qdisc add dev <client-1.veth> ingress
            tc filter add dev <client-1.veth> parent ffff: protocol ip {COPY}""",
            """tc qdisc del dev <client-1.veth> ingress
            ip link del copy0
            ip link del copy2""",
        ),
        Nft(
            "node-1",
            "netdev",
            "chain first {\ntype filter hook ingress device <client-1.veth> priority 0; policy accept;\n"
            'dup to "copy2"\n}',
        ),
    )
