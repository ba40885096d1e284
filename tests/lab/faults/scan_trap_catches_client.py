# SPDX-License-Identifier: GPL-3.0-or-later
"""A trap for port scanners: whoever asks a port of node-2's pods is put into a set for a while, and dropped."""

from __future__ import annotations

from podnet_lab.changes import Rule, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A trap for port scanners: whoever asks a port of node-2's pods is put into a set for a while, and dropped."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    changes = (
        Run("node-2", "ipset create trapped hash:ip timeout 600", "ipset destroy trapped"),
        Rule("node-2", "raw PREROUTING -i flannel.1 -m set --match-set trapped src -j DROP"),
        Rule("node-2", "raw PREROUTING -i flannel.1 -p tcp --dport 8080 -j SET --add-set trapped src --exist"),
    )
