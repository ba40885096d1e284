# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops what its kubelet sends to pods: none becomes ready, and nothing else shows it."""

from __future__ import annotations

from podnet_lab.changes import Objects, Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, readiness, service


class FaultClass(Made):
    """node-2 drops what its kubelet sends to pods: none becomes ready, and nothing else shows it."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="service:default/checked-1", port=80)
    modes = ("iptables", "nftables")
    scene = (Objects((pod("checked-1", container=readiness(8080)), service("checked-1")), ready=("checked-1",)),)
    changes = (Rule("node-2", "filter OUTPUT -d <checked-1>/32 -p tcp --dport 8080 -j DROP"),)
