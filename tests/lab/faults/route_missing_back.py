# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 has no route back to the pods of node-1: questions arrive, answers go astray."""

from __future__ import annotations

from podnet_lab.changes import Frozen, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 has no route back to the pods of node-1: questions arrive, answers go astray."""

    truth = Truth(id="route-missing", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables", "host-gw")
    changes = (Frozen("node-2", "flanneld", replaced=True), Run("node-2", "ip route del 10.244.1.0/24"))
