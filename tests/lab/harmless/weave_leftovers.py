# SPDX-License-Identifier: GPL-3.0-or-later
"""Weave was there before flannel: its bridge, its network and the rules that guard them are left."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made

DO = """ip link add weave type bridge
ip address add 10.32.0.1/12 dev weave
ip link set weave up
iptables -w 10 -N WEAVE-NPC
iptables -w 10 -A WEAVE-NPC -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
iptables -w 10 -A WEAVE-NPC -d 224.0.0.0/4 -j ACCEPT
iptables -w 10 -A WEAVE-NPC -m conntrack --ctstate NEW -j LOG --log-prefix WEAVE-NPC:
iptables -w 10 -I FORWARD -o weave -j DROP
iptables -w 10 -I FORWARD -o weave -j WEAVE-NPC
iptables -w 10 -t nat -N WEAVE
iptables -w 10 -t nat -A WEAVE -s 10.32.0.0/12 -d 224.0.0.0/4 -j RETURN
iptables -w 10 -t nat -A WEAVE ! -s 10.32.0.0/12 -d 10.32.0.0/12 -j MASQUERADE
iptables -w 10 -t nat -A WEAVE -s 10.32.0.0/12 ! -d 10.32.0.0/12 -j MASQUERADE
iptables -w 10 -t nat -I POSTROUTING -j WEAVE"""
BACK = """iptables -w 10 -t nat -D POSTROUTING -j WEAVE
iptables -w 10 -t nat -F WEAVE
iptables -w 10 -t nat -X WEAVE
iptables -w 10 -D FORWARD -o weave -j WEAVE-NPC
iptables -w 10 -D FORWARD -o weave -j DROP
iptables -w 10 -F WEAVE-NPC
iptables -w 10 -X WEAVE-NPC
ip link del weave"""


class FaultClass(Made):
    """Weave was there before flannel: its bridge, its network and the rules that guard them are left."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = tuple(Run(node, DO, BACK) for node in ("node-1", "node-2"))
