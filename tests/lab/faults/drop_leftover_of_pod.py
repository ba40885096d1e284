# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of a pod that is gone drop what the pod gets that has its address now."""

from __future__ import annotations

from podnet_lab.changes import Rule, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Rules of a pod that is gone drop what the pod gets that has its address now."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    changes = (
        Run(
            "node-2",
            "iptables -N OLD-FW-7KQ2X4\n"
            "iptables -A OLD-FW-7KQ2X4 -p tcp --dport 9000 -j RETURN\n"
            "iptables -A OLD-FW-7KQ2X4 -j DROP",
            "iptables -F OLD-FW-7KQ2X4\niptables -X OLD-FW-7KQ2X4",
        ),
        Rule("node-2", "filter FORWARD -d <web-2>/32 -p tcp -j OLD-FW-7KQ2X4"),
    )
