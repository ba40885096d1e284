# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2's flannel.1 is held down by a protocol, as a routing daemon does it."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2's flannel.1 is held down by a protocol, as a routing daemon does it."""

    truth = Truth(
        id="device-down",
        location={"node": "node-2", "device": "flannel.1"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("nftables",)
    changes = (Run("node-2", "ip link set flannel.1 protodown on", "ip link set flannel.1 protodown off"),)
