# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 throws a pod's packets out of its table, and node-2 has rules of a policy engine that is gone."""

from __future__ import annotations

from podnet_lab.changes import Rule, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.truth import Cause


class FaultClass(Made):
    """node-1 throws a pod's packets out of its table, and node-2 has rules of a policy engine that is gone."""

    truth = Truth(
        id="route-blackhole",
        location={"node": "node-1"},
        second=Cause("netfilter-reject", {"node": "node-2"}),
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    changes = (
        Run("node-1", "ip route add throw <web-2>/32", "ip route del throw <web-2>/32"),
        Rule("node-2", "filter FORWARD -d <web-2>/32 -p tcp -m mark ! --mark 0x10000/0x10000 -j REJECT"),
    )
