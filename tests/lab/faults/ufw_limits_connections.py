# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 runs ufw, and somebody limited the port with `ufw route limit`."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic

SEEN = "-p tcp --dport 8080 -m conntrack --ctstate NEW -m recent"
UFW = f"""
iptables -N ufw-before-forward
iptables -N ufw-user-forward
iptables -N ufw-user-limit
iptables -N ufw-user-limit-accept
iptables -A ufw-before-forward -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
iptables -A ufw-before-forward -p icmp --icmp-type echo-request -j ACCEPT
iptables -A ufw-before-forward -j ufw-user-forward
iptables -A ufw-user-forward {SEEN} --set --name DEFAULT --mask 255.255.255.255 --rsource
iptables -A ufw-user-forward {SEEN} --update --seconds 30 --hitcount 6 --name DEFAULT --rsource -j ufw-user-limit
iptables -A ufw-user-forward -p tcp --dport 8080 -j ufw-user-limit-accept
iptables -A ufw-user-limit -m limit --limit 3/min -j LOG --log-prefix "[UFW LIMIT BLOCK] "
iptables -A ufw-user-limit -j REJECT --reject-with icmp-port-unreachable
iptables -A ufw-user-limit-accept -j ACCEPT
iptables -I FORWARD -j ufw-before-forward
"""
UFW_GONE = """
iptables -D FORWARD -j ufw-before-forward
iptables -F ufw-before-forward
iptables -F ufw-user-forward
iptables -F ufw-user-limit
iptables -F ufw-user-limit-accept
iptables -X ufw-before-forward
iptables -X ufw-user-forward
iptables -X ufw-user-limit
iptables -X ufw-user-limit-accept
"""


class FaultClass(Made):
    """node-2 runs ufw, and somebody limited the port with `ufw route limit`."""

    truth = Truth(id="connection-limit", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    traffic = Traffic("pod:default/client-1", "<web-2>", 8080, seconds=0.7)
    attempts = 30
    lost = (8, 30)
    changes = (Run("node-2", UFW, UFW_GONE),)
