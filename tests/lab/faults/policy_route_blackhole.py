# SPDX-License-Identifier: GPL-3.0-or-later
"""A rule of node-1 leads one pod's packets to a table that swallows everything."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A rule of node-1 leads one pod's packets to a table that swallows everything."""

    truth = Truth(
        id="policy-route-diverts", location={"node": "node-1"}, destination="pod:default/client-2", protocol="icmp"
    )
    changes = (
        Run(
            "node-1",
            "ip route add blackhole default table 204\nip rule add pref 104 from <client-1> lookup 204",
            "ip rule del pref 104\nip route flush table 204",
        ),
    )
