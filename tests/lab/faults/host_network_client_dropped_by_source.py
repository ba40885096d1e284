# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops what programs of node-1 send to its pods: it knows pods' addresses only."""

from __future__ import annotations

from podnet_lab.changes import Objects, Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, serving


class FaultClass(Made):
    """node-2 drops what programs of node-1 send to its pods: it knows pods' addresses only."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-2"},
        source="pod:default/agent-1",
        destination="pod:default/echo-2",
        port=8080,
    )
    modes = ("iptables", "nftables")
    scene = (serving("echo-2"), Objects((pod("agent-1", "node-1", port=8094, hostNetwork=True),), ready=("agent-1",)))
    changes = (Rule("node-2", "mangle FORWARD -s 10.244.1.0/32 -o cni0 -p tcp -j DROP"),)
