# SPDX-License-Identifier: GPL-3.0-or-later
"""Pods of node-1 reach the kubelet of every node but their own.

The host's firewall drops INPUT from cni0; to other nodes the same packets go out by eth0, masqueraded.
"""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Pods of node-1 reach the kubelet of every node but their own."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="node:node-1", port=10250)
    modes = ("iptables", "nftables")
    changes = (Rule("node-1", "filter INPUT -i cni0 -p tcp --dport 10250 -j DROP"),)
