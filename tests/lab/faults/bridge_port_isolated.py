# SPDX-License-Identifier: GPL-3.0-or-later
"""The ports of two pods of node-2 are isolated from each other on the bridge."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The ports of two pods of node-2 are isolated from each other on the bridge."""

    truth = Truth(
        id="bridge-port-detached",
        location={"node": "node-2"},
        source="pod:default/client-2",
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    changes = (
        Run(
            "node-2",
            "bridge link set dev <client-2.veth> isolated on",
            "bridge link set dev <client-2.veth> isolated off",
        ),
        Run("node-2", "bridge link set dev <web-2.veth> isolated on", "bridge link set dev <web-2.veth> isolated off"),
    )
