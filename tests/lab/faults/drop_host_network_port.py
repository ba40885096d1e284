# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2's INPUT drops the port of a pod on its node's network."""

from __future__ import annotations

from podnet_lab.changes import Objects, Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """node-2's INPUT drops the port of a pod on its node's network."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/hostnet-1", port=8077)
    scene = (Objects((pod("hostnet-1", "node-2", port=8077, hostNetwork=True),), ready=("hostnet-1",)),)
    traffic = Traffic("pod:default/client-1", "192.0.2.12", 8077)
    modes = ("iptables", "nftables")
    changes = (Rule("node-2", "filter INPUT -p tcp --dport 8077 -j DROP"),)
