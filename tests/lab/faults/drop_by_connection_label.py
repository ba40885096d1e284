# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 labels connections of its pods to a port and drops what has the label."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 labels connections of its pods to a port and drops what has the label."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    changes = (
        Rule("node-1", "filter FORWARD -m connlabel --label 7 -j DROP"),
        Rule("node-1", "mangle FORWARD -i cni0 -p tcp --dport 8080 -m connlabel --label 7 --set"),
    )
