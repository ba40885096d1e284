# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 hands connections to a transparent proxy that is gone."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 hands connections to a transparent proxy that is gone."""

    truth = Truth(
        id="redirect-target-missing", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("iptables", "nftables")
    changes = (
        Rule(
            "node-1",
            "mangle PREROUTING -s <client-1>/32 -p tcp --dport 8080 -j TPROXY --on-port 15006 --tproxy-mark 0x1/0x1",
        ),
    )
