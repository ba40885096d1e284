# SPDX-License-Identifier: GPL-3.0-or-later
"""Calico was there before flannel: its chains, marks, sets and a blackhole for its own pods are left."""

from __future__ import annotations

from podnet_lab.changes import Rule, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made

DO = """
ipset create cali40all-ipam-pools hash:net
ipset add cali40all-ipam-pools 192.168.0.0/16
ipset create cali40s:blocked hash:net
ipset add cali40s:blocked 198.51.100.66
iptables -w 10 -N cali-FORWARD
iptables -w 10 -N cali-from-wl-dispatch
iptables -w 10 -N cali-to-wl-dispatch
iptables -w 10 -N cali-from-hep-forward
iptables -w 10 -A cali-from-wl-dispatch -m comment --comment cali:zTj6P0TIgYvgz-md -j DROP
iptables -w 10 -A cali-to-wl-dispatch -m comment --comment cali:7KNphB1nNHw80nIO -j DROP
iptables -w 10 -A cali-from-hep-forward -m set --match-set cali40s:blocked src -j DROP
iptables -w 10 -A cali-FORWARD -m comment --comment cali:vjrMJCRpqwy5oRoX -j MARK --set-xmark 0x0/0xe0000
iptables -w 10 -A cali-FORWARD -m mark --mark 0x0/0x10000 -j cali-from-hep-forward
iptables -w 10 -A cali-FORWARD -i cali+ -j cali-from-wl-dispatch
iptables -w 10 -A cali-FORWARD -o cali+ -j cali-to-wl-dispatch
iptables -w 10 -I FORWARD -j cali-FORWARD
iptables -w 10 -A FORWARD -m mark --mark 0x10000/0x10000 -j ACCEPT
iptables -w 10 -t raw -N cali-PREROUTING
iptables -w 10 -t raw -A cali-PREROUTING -j MARK --set-xmark 0x0/0xf0000
iptables -w 10 -t raw -A cali-PREROUTING -i cali+ -j MARK --set-xmark 0x40000/0x40000
iptables -w 10 -t raw -A cali-PREROUTING -m mark --mark 0x40000/0x40000 -m rpfilter --validmark --invert -j DROP
iptables -w 10 -t raw -A cali-PREROUTING -m mark --mark 0x10000/0x10000 -j ACCEPT
iptables -w 10 -t raw -I PREROUTING -j cali-PREROUTING
ip route add blackhole 192.168.77.0/26 proto 80
ip route add 192.168.78.0/26 via 192.0.2.2 dev eth0 proto 80 onlink
"""
BACK = """
ip route del 192.168.78.0/26
ip route del blackhole 192.168.77.0/26
iptables -w 10 -t raw -D PREROUTING -j cali-PREROUTING
iptables -w 10 -t raw -F cali-PREROUTING
iptables -w 10 -t raw -X cali-PREROUTING
iptables -w 10 -D FORWARD -j cali-FORWARD
iptables -w 10 -D FORWARD -m mark --mark 0x10000/0x10000 -j ACCEPT
iptables -w 10 -F cali-FORWARD
iptables -w 10 -F cali-from-wl-dispatch
iptables -w 10 -F cali-to-wl-dispatch
iptables -w 10 -F cali-from-hep-forward
iptables -w 10 -X cali-FORWARD
iptables -w 10 -X cali-from-wl-dispatch
iptables -w 10 -X cali-to-wl-dispatch
iptables -w 10 -X cali-from-hep-forward
ipset destroy cali40all-ipam-pools
ipset destroy cali40s:blocked
"""


OUTGOING = (
    "nat POSTROUTING -m set --match-set cali40all-ipam-pools src "
    "-m set ! --match-set cali40all-ipam-pools dst -j MASQUERADE"
)


class FaultClass(Made):
    """Calico was there before flannel: its chains, marks, sets and a blackhole for its own pods are left."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "host-gw")
    changes = tuple(change for node in ("node-1", "node-2") for change in (Run(node, DO, BACK), Rule(node, OUTGOING)))
