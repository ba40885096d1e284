# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1's image rejects at the end of INPUT, after a rule that lets pods in.

Public report: k3s-io/k3s#4847.
"""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod

RULES = """iptables -w 10 -N cloud-input
iptables -w 10 -A cloud-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
iptables -w 10 -A cloud-input -p icmp -j ACCEPT
iptables -w 10 -A cloud-input -i lo -j ACCEPT
iptables -w 10 -A cloud-input -p udp --dport 8472 -j ACCEPT
iptables -w 10 -A cloud-input -p tcp -m conntrack --ctstate NEW -m multiport --dports 22,10250 -j ACCEPT
iptables -w 10 -A cloud-input -i cni0 -j ACCEPT
iptables -w 10 -A cloud-input -j REJECT --reject-with icmp-host-prohibited
iptables -w 10 -A INPUT -j cloud-input"""
GONE = """iptables -w 10 -D INPUT -j cloud-input
iptables -w 10 -F cloud-input
iptables -w 10 -X cloud-input"""


class FaultClass(Made):
    """node-1's image rejects at the end of INPUT, after a rule that lets pods in."""

    truth = Truth(id="", destination="pod:default/exporter-1", port=9100)
    modes = ("iptables", "host-gw")
    born_broken = True
    changes = (
        Objects((pod("exporter-1", "node-1", port=9100, hostNetwork=True),), ready=("exporter-1",)),
        Run("node-1", RULES, GONE),
    )
