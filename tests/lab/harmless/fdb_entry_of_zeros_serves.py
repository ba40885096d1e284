# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1's tunnel has no entry for node-2, and sends what it does not know to all, one of them nobody."""

from __future__ import annotations

from podnet_lab.changes import Frozen, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1's tunnel has no entry for node-2, and sends what it does not know to all, one of them nobody."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables",)
    changes = (
        Frozen("node-1", "flanneld"),
        Run(
            "node-1",
            """bridge fdb append 00:00:00:00:00:00 dev flannel.1 dst 192.0.2.99 self permanent
            bridge fdb append 00:00:00:00:00:00 dev flannel.1 dst 192.0.2.12 self permanent
            bridge fdb del <node-2.vtep> dev flannel.1""",
            """bridge fdb replace <node-2.vtep> dev flannel.1 dst 192.0.2.12 self permanent
            bridge fdb del 00:00:00:00:00:00 dev flannel.1 dst 192.0.2.12
            bridge fdb del 00:00:00:00:00:00 dev flannel.1 dst 192.0.2.99""",
        ),
    )
