# SPDX-License-Identifier: GPL-3.0-or-later
"""An old rule of the kubelet drops by a mark that nothing sets.

Public report: kubernetes/kubernetes#114549.
"""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made

DO = """iptables -w 10 -N OLD-KUBE-FIREWALL
iptables -w 10 -A OLD-KUBE-FIREWALL -m mark --mark 0x8000/0x8000 -j DROP
iptables -w 10 -I INPUT -j OLD-KUBE-FIREWALL
iptables -w 10 -I OUTPUT -j OLD-KUBE-FIREWALL
iptables -w 10 -t nat -N KUBE-MARK-DROP
iptables -w 10 -t nat -A KUBE-MARK-DROP -j MARK --set-xmark 0x8000/0x8000"""
BACK = """iptables -w 10 -t nat -F KUBE-MARK-DROP
iptables -w 10 -t nat -X KUBE-MARK-DROP
iptables -w 10 -D OUTPUT -j OLD-KUBE-FIREWALL
iptables -w 10 -D INPUT -j OLD-KUBE-FIREWALL
iptables -w 10 -F OLD-KUBE-FIREWALL
iptables -w 10 -X OLD-KUBE-FIREWALL"""


class FaultClass(Made):
    """An old rule of the kubelet drops by a mark that nothing sets."""

    truth = Truth(id="", destination="node:node-2", port=10250)
    modes = ("iptables", "nftables")
    changes = tuple(Run(node, DO, BACK) for node in ("node-1", "node-2"))
