# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 drops six of a hundred packets of the tunnel that go out."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """node-1 drops six of a hundred packets of the tunnel that go out."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    traffic = Traffic("pod:default/client-1", "<web-2>", protocol="icmp")
    attempts = 400
    lost = (3, 200)
    changes = (
        Rule("node-1", "filter OUTPUT -p udp --dport 8472 -m statistic --mode random --probability 0.06 -j DROP"),
    )
