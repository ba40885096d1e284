# SPDX-License-Identifier: GPL-3.0-or-later
"""The node of the DNS pods drops a fifth of the questions."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.sometimes import Questions


class FaultClass(Made):
    """The node of the DNS pods drops a fifth of the questions."""

    truth = Truth(
        id="netfilter-drop", location={"node": "<dns.node>"}, destination="web.default.svc.cluster.local", port=80
    )
    traffic = Questions("pod:default/client-1", "<dns>")
    attempts = 60
    lost = (4, 45)
    changes = (
        Rule("<dns.node>", "mangle FORWARD -p udp --dport 53 -m statistic --mode random --probability 0.2 -j DROP"),
    )
