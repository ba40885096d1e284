# SPDX-License-Identifier: GPL-3.0-or-later
"""A routing rule of node-1 names a port of its bridge, by which no packet comes to be routed."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A routing rule of node-1 names a port of its bridge, by which no packet comes to be routed."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "host-gw")
    changes = (Run("node-1", "ip rule add pref 57 iif <client-1.veth> blackhole", "ip rule del pref 57"),)
