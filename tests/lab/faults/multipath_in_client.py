# SPDX-License-Identifier: GPL-3.0-or-later
"""Half of a pod's connections take a second gateway that nobody is."""

from __future__ import annotations

from podnet_lab.changes import Sysctl, in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Half of a pod's connections take a second gateway that nobody is."""

    truth = Truth(
        id="route-wrong",
        also=("neighbour-failed",),
        location={"node": "node-1", "namespace": "default", "pod": "client-1"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables", "host-gw")
    attempts = 24
    lost = (3, 22)
    changes = (
        Sysctl("node-1", "net/ipv4/fib_multipath_hash_policy", "1", "0", "client-1"),
        in_pod(
            "client-1",
            "ip route add 10.244.2.0/24 nexthop via 10.244.1.1 dev eth0 nexthop via 10.244.1.252 dev eth0",
            "ip route del 10.244.2.0/24",
        ),
    )
