# SPDX-License-Identifier: GPL-3.0-or-later
"""A cache of DNS on node-1 takes the questions of pods, and node-1 drops those that it asks cluster DNS.

Public report: kubernetes/kubernetes#111888.
"""

from __future__ import annotations

from podnet_lab.changes import Objects, Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.node_cache import ADDRESS, ASKING, SERVING


class FaultClass(Made):
    """A cache of DNS on node-1 takes the questions of pods, and node-1 drops those that it asks cluster DNS."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-1"},
        source="pod:default/asking-1",
        destination="web.default.svc.cluster.local",
        port=80,
    )
    modes = ("iptables", "nftables")
    scene = (ADDRESS, SERVING, Objects((ASKING,), ready=("asking-1",)))
    changes = (
        Rule("node-1", "filter OUTPUT -d 10.244.0.0/16 -p udp --dport 53 -j DROP"),
        Rule("node-1", "filter OUTPUT -d 10.244.0.0/16 -p tcp --dport 53 -j DROP"),
    )
