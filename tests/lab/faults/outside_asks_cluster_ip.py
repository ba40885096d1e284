# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine outside asks a Service that has only an address inside."""

from __future__ import annotations

from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A machine outside asks a Service that has only an address inside."""

    truth = Truth(
        id="route-missing",
        also=("network-blocked", "service-address-unknown"),
        source="host:outside",
        destination="service:default/web",
        port=80,
    )
    modes = ("nftables",)
    born_broken = True
