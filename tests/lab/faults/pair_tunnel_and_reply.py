# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1's forwarding entry for node-2 is wrong, and node-2 drops the answers."""

from __future__ import annotations

from podnet_lab.changes import Frozen, Rule, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.truth import Cause


class FaultClass(Made):
    """node-1's forwarding entry for node-2 is wrong, and node-2 drops the answers."""

    truth = Truth(
        id="fdb-entry-wrong",
        location={"node": "node-1", "device": "flannel.1"},
        second=Cause("netfilter-drop", {"node": "node-2"}),
        destination="pod:default/client-2",
        protocol="icmp",
    )
    modes = ("iptables", "nftables")
    changes = (
        Frozen("node-1", "flanneld", replaced=True),
        Run(
            "node-1",
            "bridge fdb replace <node-2.vtep> dev flannel.1 dst 192.0.2.99 self permanent",
            "bridge fdb replace <node-2.vtep> dev flannel.1 dst 192.0.2.12 self permanent",
        ),
        Rule("node-2", "filter FORWARD -s <client-2>/32 -d <client-1>/32 -j DROP"),
    )
