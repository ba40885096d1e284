# SPDX-License-Identifier: GPL-3.0-or-later
"""ufw on both nodes: policies DROP, its chains, and rules that allow pods and what Kubernetes asks for."""

from __future__ import annotations

from podnet_lab.changes import File, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made

RULES = """*filter
:ufw-before-input - [0:0]
:ufw-before-forward - [0:0]
:ufw-user-input - [0:0]
:ufw-user-forward - [0:0]
:ufw-not-local - [0:0]
:ufw-logging-deny - [0:0]
:ufw-skip-to-policy-input - [0:0]
:ufw-after-input - [0:0]
:ufw-reject-forward - [0:0]
-A INPUT -j ufw-before-input
-A INPUT -j ufw-after-input
-A FORWARD -j ufw-before-forward
-A FORWARD -j ufw-reject-forward
-A ufw-before-input -i lo -j ACCEPT
-A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A ufw-before-input -m conntrack --ctstate INVALID -j ufw-logging-deny
-A ufw-before-input -m conntrack --ctstate INVALID -j DROP
-A ufw-before-input -p icmp -m icmp --icmp-type 8 -j ACCEPT
-A ufw-before-input -p udp -m udp --sport 67 --dport 68 -j ACCEPT
-A ufw-before-input -j ufw-not-local
-A ufw-before-input -d 224.0.0.251/32 -p udp -m udp --dport 5353 -j ACCEPT
-A ufw-before-input -j ufw-user-input
-A ufw-not-local -m addrtype --dst-type LOCAL -j RETURN
-A ufw-not-local -m addrtype --dst-type MULTICAST -j RETURN
-A ufw-not-local -m addrtype --dst-type BROADCAST -j RETURN
-A ufw-not-local -m limit --limit 3/min --limit-burst 10 -j ufw-logging-deny
-A ufw-not-local -j DROP
-A ufw-logging-deny -m conntrack --ctstate INVALID -m limit --limit 3/min --limit-burst 10 -j RETURN
-A ufw-after-input -p udp -m udp --dport 137 -j ufw-skip-to-policy-input
-A ufw-skip-to-policy-input -j DROP
-A ufw-user-input -p tcp -m tcp --dport 22 -j ACCEPT
-A ufw-user-input -p tcp -m multiport --dports 10250,10256,30000:32767 -j ACCEPT
-A ufw-user-input -p udp -m udp --dport 8472 -j ACCEPT
-A ufw-user-input -s 10.244.0.0/16 -j ACCEPT
-A ufw-before-forward -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A ufw-before-forward -m conntrack --ctstate INVALID -j DROP
-A ufw-before-forward -p icmp -m icmp --icmp-type 3 -j ACCEPT
-A ufw-before-forward -j ufw-user-forward
-A ufw-user-forward -s 10.244.0.0/16 -j ACCEPT
-A ufw-user-forward -d 10.244.0.0/16 -j ACCEPT
-A ufw-reject-forward -j REJECT --reject-with icmp-port-unreachable
COMMIT
"""
CHAINS = [line.split()[0][1:] for line in RULES.splitlines() if line.startswith(":ufw")]
MADE = """
iptables-restore -n /run/podnet-ufw.rules
iptables -w 10 -P INPUT DROP
iptables -w 10 -P FORWARD DROP
"""
GONE = """iptables -w 10 -P INPUT ACCEPT
iptables -w 10 -P FORWARD ACCEPT
iptables -w 10 -D INPUT -j ufw-before-input
iptables -w 10 -D INPUT -j ufw-after-input
iptables -w 10 -D FORWARD -j ufw-before-forward
iptables -w 10 -D FORWARD -j ufw-reject-forward
""" + "".join(f"iptables -w 10 -{verb} {chain}\n" for verb in "FX" for chain in CHAINS)


class FaultClass(Made):
    """ufw on both nodes: policies DROP, its chains, and rules that allow pods and what Kubernetes asks for."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "host-gw")

    changes = tuple(
        change
        for node in ("node-1", "node-2")
        for change in (File(node, "/run/podnet-ufw.rules", RULES), Run(node, MADE, GONE))
    )
