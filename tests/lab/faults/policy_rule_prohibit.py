# SPDX-License-Identifier: GPL-3.0-or-later
"""A rule of node-2, without any table, prohibits what its pods send to the other node's pods."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A rule of node-2, without any table, prohibits what its pods send to the other node's pods."""

    truth = Truth(
        id="policy-route-diverts", location={"node": "node-2"}, destination="pod:default/client-2", protocol="icmp"
    )
    changes = (
        Run("node-2", "ip rule add pref 105 from 10.244.2.0/24 to 10.244.1.0/24 prohibit", "ip rule del pref 105"),
    )
