# SPDX-License-Identifier: GPL-3.0-or-later
"""The queue of node-1's tunnel holds no packet."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The queue of node-1's tunnel holds no packet."""

    truth = Truth(id="nic-drops", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    changes = (Run("node-1", "tc qdisc add dev flannel.1 root pfifo limit 0", "tc qdisc del dev flannel.1 root"),)
