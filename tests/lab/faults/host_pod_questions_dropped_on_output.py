# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod on its node's network asks cluster DNS by UDP, and node-1 drops what its programs ask there."""

from __future__ import annotations

from podnet_lab.changes import Objects, Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod

HOST = pod("host-2", "node-1", ["sleep", "infinity"], hostNetwork=True, dnsPolicy="ClusterFirstWithHostNet")


class FaultClass(Made):
    """A pod on its node's network asks cluster DNS by UDP, and node-1 drops what its programs ask there."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-1"},
        source="pod:default/host-2",
        destination="web.default.svc.cluster.local",
        port=80,
    )
    modes = ("nftables", "host-gw")
    scene = (Objects((HOST,), ready=("host-2",)),)
    changes = (Rule("node-1", "filter OUTPUT -d <dns>/32 -p udp --dport 53 -j DROP"),)
