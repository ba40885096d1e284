# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2's bridge neither learns nor floods on the server's port."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2's bridge neither learns nor floods on the server's port."""

    truth = Truth(
        id="bridge-port-detached", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080
    )
    changes = (
        Run(
            "node-2",
            "bridge link set dev <web-2.veth> learning off flood off\n"
            "bridge fdb del <web-2.mac> dev <web-2.veth> master",
            "bridge link set dev <web-2.veth> learning on flood on",
        ),
    )
