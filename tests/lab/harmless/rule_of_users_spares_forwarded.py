# SPDX-License-Identifier: GPL-3.0-or-later
"""A routing rule of node-1 throws away what users send to a pod, and what is forwarded is of none."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A routing rule of node-1 throws away what users send to a pod, and what is forwarded is of none."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "host-gw")
    changes = (Run("node-1", "ip rule add pref 55 to <web-2>/32 uidrange 1000-60000 blackhole", "ip rule del pref 55"),)
