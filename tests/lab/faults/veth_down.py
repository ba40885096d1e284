# SPDX-License-Identifier: GPL-3.0-or-later
"""The device of a pod on node-2 is down, on the node's side."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The device of a pod on node-2 is down, on the node's side."""

    truth = Truth(id="device-down", location={"node": "node-2"}, destination="pod:default/client-2", protocol="icmp")
    modes = ("iptables", "nftables")
    changes = (Run("node-2", "ip link set <client-2.veth> down", "ip link set <client-2.veth> up"),)
