# SPDX-License-Identifier: GPL-3.0-or-later
"""A chain that drops everything, and no rule leads to it."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A chain that drops everything, and no rule leads to it."""

    truth = Truth(id="", destination="service:default/web", port=80)
    changes = (
        Run("node-2", "iptables -N UNUSED\niptables -A UNUSED -j DROP", "iptables -F UNUSED\niptables -X UNUSED"),
    )
