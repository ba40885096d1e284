# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine outside asks for a Service by its name, which only cluster DNS knows."""

from __future__ import annotations

from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A machine outside asks for a Service by its name, which only cluster DNS knows."""

    truth = Truth(
        id="dns-name-missing",
        location={"node": "outside"},
        source="host:outside",
        destination="web.default.svc.cluster.local",
        port=80,
    )
    modes = ("nftables",)
    born_broken = True
