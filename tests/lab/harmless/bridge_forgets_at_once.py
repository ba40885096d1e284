# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2's bridge forgets addresses at once, and floods."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2's bridge forgets addresses at once, and floods."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    changes = (
        Run("node-2", "ip link set cni0 type bridge ageing_time 0", "ip link set cni0 type bridge ageing_time 30000"),
    )
