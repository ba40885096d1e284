# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 drops what belongs to connections that it would remember for long: all that are open."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """node-1 drops what belongs to connections that it would remember for long: all that are open."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="pod:default/aged-1", port=8080)
    modes = ("iptables", "host-gw")
    traffic = Traffic("pod:default/client-1", "<aged-1>", 8080, size=100, seconds=2.0)
    scene = (serving("aged-1"),)
    changes = (
        Rule(
            "node-1",
            "mangle FORWARD -s <client-1>/32 -p tcp --dport 8080 ! --syn -m conntrack --ctexpire 200:9999999 -j DROP",
        ),
    )
