# SPDX-License-Identifier: GPL-3.0-or-later
"""A routing rule of node-2 throws away what one of its pods sends by ICMP."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A routing rule of node-2 throws away what one of its pods sends by ICMP."""

    truth = Truth(
        id="policy-route-diverts", location={"node": "node-2"}, destination="pod:default/client-2", protocol="icmp"
    )
    modes = ("nftables", "host-gw")
    changes = (
        Run("node-2", "ip rule add pref 71 iif cni0 from <client-2> ipproto icmp unreachable", "ip rule del pref 71"),
    )
