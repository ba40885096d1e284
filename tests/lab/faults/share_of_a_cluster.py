# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 takes its share of the clients only, as one of many load balancers that are no more."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made

# The first of many, so that hardly a client is this node's.
SHARE = "-m cluster --cluster-total-nodes 32 --cluster-local-node 1 --cluster-hash-seed 0xdeadbeef"


class FaultClass(Made):
    """node-2 takes its share of the clients only, as one of many load balancers that are no more."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    changes = (
        Rule("node-2", "mangle PREROUTING -i flannel.1 -p tcp --dport 8080 -m mark ! --mark 0xffff -j DROP"),
        Rule("node-2", f"mangle PREROUTING -i flannel.1 {SHARE} -j MARK --set-mark 0xffff"),
    )
