# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod asks DNS over TCP, as glibc does for long answers too, and node-1 drops just that."""

from __future__ import annotations

from podnet_lab.changes import Objects, Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod


class FaultClass(Made):
    """A pod asks DNS over TCP, as glibc does for long answers too, and node-1 drops just that."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-1"},
        source="pod:default/tcp-1",
        destination="web.default.svc.cluster.local",
        port=80,
    )
    scene = (Objects((pod("tcp-1", "node-1", dnsConfig={"options": [{"name": "use-vc"}]}),), ready=("tcp-1",)),)
    changes = (Rule("node-1", "filter FORWARD -s <tcp-1>/32 -p tcp --dport 53 -j DROP"),)
