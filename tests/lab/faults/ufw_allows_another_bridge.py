# SPDX-License-Identifier: GPL-3.0-or-later
"""ufw of node-1 lets in what comes from a bridge that is not the pods'."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """ufw of node-1 lets in what comes from a bridge that is not the pods'."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="node:node-1", port=10250)
    modes = ("iptables", "host-gw")
    changes = (
        Run(
            "node-1",
            """iptables -w 10 -N ufw-user-input
            iptables -w 10 -A ufw-user-input -i lo -j ACCEPT
            iptables -w 10 -A ufw-user-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            iptables -w 10 -A ufw-user-input -i eth0 -j ACCEPT
            iptables -w 10 -A ufw-user-input -i flannel.1 -j ACCEPT
            iptables -w 10 -A ufw-user-input -i cbr0 -j ACCEPT
            iptables -w 10 -A INPUT -j ufw-user-input
            iptables -w 10 -P INPUT DROP""",
            """iptables -w 10 -P INPUT ACCEPT
            iptables -w 10 -D INPUT -j ufw-user-input
            iptables -w 10 -F ufw-user-input
            iptables -w 10 -X ufw-user-input""",
        ),
    )
