# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 tracks one half of a connection only: the answers are INVALID and dropped.

Public report: kubernetes/kubernetes#94861.
"""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 tracks one half of a connection only: the answers are INVALID and dropped."""

    truth = Truth(
        id="conntrack-bypassed", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("iptables", "host-gw")
    changes = (Rule("node-1", "raw PREROUTING -i cni0 -s <client-1>/32 -d 10.244.2.0/24 -j CT --notrack"),)
