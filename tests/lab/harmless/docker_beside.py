# SPDX-License-Identifier: GPL-3.0-or-later
"""Both nodes run Docker too: its bridge without containers, its chains, and its policy DROP."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made

BRIDGE = """
ip link add docker0 type bridge
ip address add 172.17.0.1/16 dev docker0
ip link set docker0 up
"""
CHAINS = """
iptables -w 10 -t nat -N DOCKER
iptables -w 10 -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
iptables -w 10 -t nat -A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
iptables -w 10 -t nat -A DOCKER -i docker0 -j RETURN
iptables -w 10 -t nat -I POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
iptables -w 10 -t raw -A PREROUTING -d 172.17.0.2/32 ! -i docker0 -j DROP
iptables -w 10 -N DOCKER
iptables -w 10 -N DOCKER-USER
iptables -w 10 -N DOCKER-ISOLATION-STAGE-1
iptables -w 10 -N DOCKER-ISOLATION-STAGE-2
iptables -w 10 -A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2
iptables -w 10 -A DOCKER-ISOLATION-STAGE-1 -j RETURN
iptables -w 10 -A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP
iptables -w 10 -A DOCKER-ISOLATION-STAGE-2 -j RETURN
iptables -w 10 -A DOCKER-USER -j RETURN
iptables -w 10 -A DOCKER ! -i docker0 -o docker0 -j DROP
iptables -w 10 -I FORWARD -i docker0 -o docker0 -j ACCEPT
iptables -w 10 -I FORWARD -i docker0 ! -o docker0 -j ACCEPT
iptables -w 10 -I FORWARD -o docker0 -j DOCKER
iptables -w 10 -I FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
iptables -w 10 -I FORWARD -j DOCKER-ISOLATION-STAGE-1
iptables -w 10 -I FORWARD -j DOCKER-USER
iptables -w 10 -P FORWARD DROP
"""
GONE = """
iptables -w 10 -P FORWARD ACCEPT
iptables -w 10 -D FORWARD -j DOCKER-USER
iptables -w 10 -D FORWARD -j DOCKER-ISOLATION-STAGE-1
iptables -w 10 -D FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
iptables -w 10 -D FORWARD -o docker0 -j DOCKER
iptables -w 10 -D FORWARD -i docker0 ! -o docker0 -j ACCEPT
iptables -w 10 -D FORWARD -i docker0 -o docker0 -j ACCEPT
iptables -w 10 -F DOCKER
iptables -w 10 -F DOCKER-USER
iptables -w 10 -F DOCKER-ISOLATION-STAGE-1
iptables -w 10 -F DOCKER-ISOLATION-STAGE-2
iptables -w 10 -X DOCKER
iptables -w 10 -X DOCKER-USER
iptables -w 10 -X DOCKER-ISOLATION-STAGE-1
iptables -w 10 -X DOCKER-ISOLATION-STAGE-2
iptables -w 10 -t raw -D PREROUTING -d 172.17.0.2/32 ! -i docker0 -j DROP
iptables -w 10 -t nat -D POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
iptables -w 10 -t nat -D PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
iptables -w 10 -t nat -D OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
iptables -w 10 -t nat -F DOCKER
iptables -w 10 -t nat -X DOCKER
ip link del docker0
"""


class FaultClass(Made):
    """Both nodes run Docker too: its bridge without containers, its chains, and its policy DROP."""

    truth = Truth(id="", destination="service:default/web", port=80)
    modes = ("nftables", "host-gw")
    changes = tuple(Run(node, BRIDGE + CHAINS, GONE) for node in ("node-1", "node-2"))
