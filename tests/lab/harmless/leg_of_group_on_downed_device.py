# SPDX-License-Identifier: GPL-3.0-or-later
"""A route of two next hops, one of them on a device that has been taken down."""

from __future__ import annotations

from podnet_lab.changes import Run, Sysctl
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A route of two next hops, one of them on a device that has been taken down."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (
        Sysctl("node-1", "net/ipv4/fib_multipath_hash_policy", "1", "0"),
        Run(
            "node-1",
            """ip link add leg0 type veth peer name leg1
            ip link set leg0 up
            ip link set leg1 up
            ip addr add 10.77.1.1/30 dev leg0
            ip route replace 10.244.2.0/24 nexthop via 10.244.2.0 dev flannel.1 onlink nexthop via 10.77.1.2 dev leg0
            ip link set leg0 down""",
            """ip route replace 10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink
            ip link del leg0""",
        ),
    )
