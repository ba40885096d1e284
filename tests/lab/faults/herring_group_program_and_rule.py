# SPDX-License-Identifier: GPL-3.0-or-later
"""A harmless program sits on node-1's control group, and node-2 drops the answers."""

from __future__ import annotations

from podnet_lab.bpf import GroupBpf
from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A harmless program sits on node-1's control group, and node-2 drops the answers."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    changes = (
        GroupBpf("node-1", "<web-2>", 9, "egress"),
        Rule("node-2", "mangle FORWARD -s <web-2>/32 -d <client-1>/32 -j DROP"),
    )
