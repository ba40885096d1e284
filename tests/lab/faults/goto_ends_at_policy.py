# SPDX-License-Identifier: GPL-3.0-or-later
"""A chain of node-2 that is gone to lets packets fall to a policy that drops."""

from __future__ import annotations

from podnet_lab.changes import Rule, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A chain of node-2 that is gone to lets packets fall to a policy that drops."""

    truth = Truth(
        id="forward-policy-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("iptables", "nftables")
    changes = (
        Run(
            "node-2",
            "iptables -w 10 -N OFFICE\niptables -w 10 -A OFFICE -j RETURN\niptables -w 10 -P FORWARD DROP",
            "iptables -w 10 -P FORWARD ACCEPT\niptables -w 10 -F OFFICE\niptables -w 10 -X OFFICE",
        ),
        Rule("node-2", "filter FORWARD -d <web-2>/32 -g OFFICE"),
    )
