# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 answers handshakes for the server, and tracking picks up what follows."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """node-2 answers handshakes for the server, and tracking picks up what follows."""

    truth = Truth(
        id="conntrack-bypassed", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080
    )
    traffic = Traffic("pod:default/client-1", "<web-2>", 8080, size=100)
    changes = (
        Rule("node-2", "raw PREROUTING -d <web-2>/32 -p tcp --syn --dport 8080 -j CT --notrack"),
        Rule("node-2", "filter FORWARD -d <web-2>/32 -m conntrack --ctstate INVALID -j DROP"),
        Rule(
            "node-2",
            "filter FORWARD -d <web-2>/32 -p tcp --dport 8080 -m conntrack --ctstate INVALID,UNTRACKED"
            " -j SYNPROXY --sack-perm --timestamp --wscale 7 --mss 1410",
        ),
    )
