# SPDX-License-Identifier: GPL-3.0-or-later
"""A server outside has no way back to node-2 any more: somebody prohibited it."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A server outside has no way back to node-2 any more: somebody prohibited it."""

    truth = Truth(
        id="route-blackhole",
        location={"node": "outside"},
        source="pod:default/client-2",
        destination="host:outside",
        port=22,
    )
    modes = ("iptables", "nftables")
    changes = (Run("outside", "ip route add prohibit 192.0.2.12/32", "ip route del prohibit 192.0.2.12/32"),)
