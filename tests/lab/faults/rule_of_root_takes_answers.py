# SPDX-License-Identifier: GPL-3.0-or-later
"""A routing rule of node-2 for programs of root takes what its pods answer, which is nobody's."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A routing rule of node-2 for programs of root takes what its pods answer, which is nobody's."""

    truth = Truth(
        id="policy-route-diverts", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("iptables",)
    changes = (
        Run("node-2", "ip rule add pref 58 ipproto tcp sport 8080 uidrange 0-0 unreachable", "ip rule del pref 58"),
    )
