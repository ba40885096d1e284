# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 has no route back, and a rule about contents that never matched."""

from __future__ import annotations

from podnet_lab.changes import Frozen, Rule, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 has no route back, and a rule about contents that never matched."""

    truth = Truth(id="route-missing", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    changes = (
        Rule("node-2", "filter FORWARD -d <web-2>/32 -p tcp -m string --algo bm --string SECRET -j DROP"),
        Frozen("node-2", "flanneld", replaced=True),
        Run(
            "node-2", "ip route del 10.244.1.0/24", "ip route replace 10.244.1.0/24 via 10.244.1.0 dev flannel.1 onlink"
        ),
    )
