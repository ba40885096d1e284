# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 has two good ways to node-2's pods."""

from __future__ import annotations

from podnet_lab.changes import Run, Sysctl
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 has two good ways to node-2's pods."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (
        Sysctl("node-1", "net/ipv4/fib_multipath_hash_policy", "1", "0"),
        Run(
            "node-1",
            "ip route replace 10.244.2.0/24 nexthop via 10.244.2.0 dev flannel.1 onlink "
            "nexthop via 192.0.2.12 dev eth0 onlink",
            "ip route replace 10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink",
        ),
    )
