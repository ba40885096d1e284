# SPDX-License-Identifier: GPL-3.0-or-later
"""A mark that a VPN's rules set on node-2 is the one by which an old rule of Kubernetes drops.

Public report: kubernetes/kubernetes#113659, cilium/cilium#8516.
"""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A mark that a VPN's rules set on node-2 is the one by which an old rule of Kubernetes drops."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="node:node-2", port=10250)
    modes = ("iptables", "nftables")
    changes = (
        Rule("node-2", "mangle PREROUTING -s <client-1>/32 -p tcp --dport 10250 -j MARK --set-xmark 0xca6c/0xffffffff"),
        Rule("node-2", "mangle PREROUTING -s 192.0.2.11/32 -p tcp --dport 10250 -j MARK --set-xmark 0xca6c/0xffffffff"),
        Rule("node-2", "filter INPUT -m mark --mark 0x8000/0x8000 -j DROP"),
    )
