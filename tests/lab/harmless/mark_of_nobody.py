# SPDX-License-Identifier: GPL-3.0-or-later
"""A policy rule for a mark that nobody sets."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A policy rule for a mark that nobody sets."""

    truth = Truth(id="", destination="service:default/web", port=80)
    changes = (
        Run(
            "node-1",
            "ip route add blackhole default table 177\nip rule add fwmark 0x77 lookup 177 pref 177",
            "ip rule del pref 177\nip route flush table 177",
        ),
    )
