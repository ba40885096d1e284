# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2's shaper sorts answers into a class that is not there, and keeps none that are not sorted."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2's shaper sorts answers into a class that is not there, and keeps none that are not sorted."""

    truth = Truth(id="nic-drops", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "iptables")
    changes = (
        Run(
            "node-2",
            """tc qdisc add dev flannel.1 root handle 1: htb default 30 direct_qlen 0
            tc class add dev flannel.1 parent 1: classid 1:10 htb rate 1gbit""",
            "tc qdisc del dev flannel.1 root",
        ),
    )
