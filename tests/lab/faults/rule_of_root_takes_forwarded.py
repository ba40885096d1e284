# SPDX-License-Identifier: GPL-3.0-or-later
"""A routing rule of node-1 for programs of root takes what is forwarded too, which is nobody's."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A routing rule of node-1 for programs of root takes what is forwarded too, which is nobody's."""

    truth = Truth(
        id="policy-route-diverts", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("nftables", "host-gw")
    changes = (Run("node-1", "ip rule add pref 54 to <web-2>/32 uidrange 0-0 blackhole", "ip rule del pref 54"),)
