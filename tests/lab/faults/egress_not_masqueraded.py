# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 lets pods' addresses out to networks that do not know them: the rule that masquerades is gone."""

from __future__ import annotations

from podnet_lab.changes import Frozen, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 lets pods' addresses out to networks that do not know them: the rule that masquerades is gone."""

    truth = Truth(id="snat-missing", location={"node": "node-1"}, destination="198.51.100.10", port=22)
    modes = ("iptables", "nftables", "host-gw")
    changes = (Frozen("node-1", "flanneld", replaced=True), Run("node-1", "iptables -t nat -F FLANNEL-POSTRTG"))
