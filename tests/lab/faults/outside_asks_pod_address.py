# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine outside asks a pod by its address, to which nobody there has a route."""

from __future__ import annotations

from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A machine outside asks a pod by its address, to which nobody there has a route."""

    truth = Truth(
        id="route-missing",
        also=("pod-addresses-blocked", "network-blocked"),
        source="host:outside",
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("nftables", "host-gw")
    born_broken = True
