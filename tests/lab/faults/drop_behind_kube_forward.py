# SPDX-License-Identifier: GPL-3.0-or-later
"""A DROP at the end of FORWARD of node-2, behind the chains of kube-proxy, without flannel's accepts."""

from __future__ import annotations

from podnet_lab.changes import Frozen, Rule, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A DROP at the end of FORWARD of node-2, behind the chains of kube-proxy, without flannel's accepts."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/client-2", protocol="icmp")
    changes = (
        Frozen("node-2", "flanneld", replaced=True),
        Run("node-2", "iptables -F FLANNEL-FWD"),
        Rule("node-2", "filter FORWARD -d <client-2>/32 -j DROP", at_end=True),
    )
