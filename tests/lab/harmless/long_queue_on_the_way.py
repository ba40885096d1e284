# SPDX-License-Identifier: GPL-3.0-or-later
"""Devices on the way have queues of their own that are long enough."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Devices on the way have queues of their own that are long enough."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (
        Run("node-1", "tc qdisc add dev flannel.1 root pfifo limit 1000", "tc qdisc del dev flannel.1 root"),
        Run("node-2", "tc qdisc add dev <web-2.veth> root pfifo limit 500", "tc qdisc del dev <web-2.veth> root"),
    )
