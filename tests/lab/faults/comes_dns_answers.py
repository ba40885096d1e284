# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 drops a third of the answers of DNS."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.sometimes import Questions


class FaultClass(Made):
    """node-1 drops a third of the answers of DNS."""

    truth = Truth(
        id="netfilter-drop", location={"node": "node-1"}, destination="web.default.svc.cluster.local", port=80
    )
    traffic = Questions("pod:default/client-1", "<dns>")
    attempts = 60
    lost = (4, 45)
    changes = (
        Rule("node-1", "mangle FORWARD -p udp --sport 53 -m statistic --mode random --probability 0.35 -j DROP"),
    )
