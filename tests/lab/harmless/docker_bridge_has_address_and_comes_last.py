# SPDX-License-Identifier: GPL-3.0-or-later
"""docker0 of node-2 has the address of the pods' bridge, and its route comes behind the one that serves.

Public report: flannel-io/flannel#1013.
"""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """docker0 of node-2 has the address of the pods' bridge, and its route comes behind the one that serves."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "host-gw")
    changes = (
        Run(
            "node-2",
            """ip link add docker0 type bridge
            ip address add 10.244.2.1/24 brd + dev docker0
            ip link set docker0 up""",
            "ip link del docker0",
        ),
    )
