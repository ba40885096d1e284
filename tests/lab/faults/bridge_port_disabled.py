# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's port of the bridge is in state disabled."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The server's port of the bridge is in state disabled."""

    truth = Truth(
        id="bridge-port-detached", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("iptables", "nftables")
    changes = (Run("node-2", "bridge link set dev <web-2.veth> state 0", "bridge link set dev <web-2.veth> state 3"),)
