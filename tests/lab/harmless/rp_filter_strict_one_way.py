# SPDX-License-Identifier: GPL-3.0-or-later
"""Both nodes filter strictly by the way back, which is the way there."""

from __future__ import annotations

from podnet_lab.changes import Sysctl
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Both nodes filter strictly by the way back, which is the way there."""

    truth = Truth(id="", destination="service:default/web", port=80)
    changes = tuple(
        Sysctl(node, f"net/ipv4/conf/{device}/rp_filter", "1", "0")
        for node in ("node-1", "node-2")
        for device in ("all", "eth0", "cni0")
    )
