# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service with session affinity, and both its pods serve."""

from __future__ import annotations

from podnet_lab.changes import Patched
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A Service with session affinity, and both its pods serve."""

    truth = Truth(id="", destination="service:default/web", port=80)
    modes = ("iptables", "nftables")
    changes = (
        Patched("service web", {"spec": {"sessionAffinity": "ClientIP"}}, {"spec": {"sessionAffinity": "None"}}),
    )
