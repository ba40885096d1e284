# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 has second routes, at a metric that is never chosen."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 has second routes, at a metric that is never chosen."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (
        Run(
            "node-1",
            "ip route add 10.244.2.0/24 dev cni0 metric 500\nip route add default dev cni0 metric 900",
            "ip route del 10.244.2.0/24 dev cni0 metric 500\nip route del default dev cni0 metric 900",
        ),
    )
