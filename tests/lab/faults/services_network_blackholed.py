# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 has a blackhole for the services' network, against leaks: its own programs reach no Service."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 has a blackhole for the services' network, against leaks: its own programs reach no Service."""

    truth = Truth(
        id="route-blackhole",
        location={"node": "node-1"},
        source="node:node-1",
        destination="service:default/web",
        port=80,
    )
    modes = ("nftables",)
    changes = (Run("node-1", "ip route add blackhole 10.96.0.0/12", "ip route del blackhole 10.96.0.0/12"),)
