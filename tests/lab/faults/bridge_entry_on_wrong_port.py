# SPDX-License-Identifier: GPL-3.0-or-later
"""A static entry of node-2's bridge leads to another pod's port."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A static entry of node-2's bridge leads to another pod's port."""

    truth = Truth(id="fdb-entry-wrong", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    changes = (
        Run(
            "node-2",
            "bridge fdb replace <web-2.mac> dev <client-2.veth> master sticky static",
            "bridge fdb del <web-2.mac> dev <client-2.veth> master",
        ),
    )
