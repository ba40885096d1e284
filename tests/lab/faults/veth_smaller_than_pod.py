# SPDX-License-Identifier: GPL-3.0-or-later
"""The node's side of the client's device takes 1000 bytes, its own side 1450: what is larger vanishes."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """The node's side of the client's device takes 1000 bytes, its own side 1450: what is larger vanishes."""

    truth = Truth(id="mtu-mismatch", location={"node": "node-1"}, destination="pod:default/client-2", protocol="icmp")
    traffic = Traffic("pod:default/client-1", "<client-2>", protocol="icmp", size=1300)
    changes = (Run("node-1", "ip link set <client-1.veth> mtu 1000", "ip link set <client-1.veth> mtu 1450"),)
