# SPDX-License-Identifier: GPL-3.0-or-later
"""Cilium was there before flannel: its devices, its routing rules and the moved rule of table local are left."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made

DO = """
ip link add cilium_net type veth peer name cilium_host
ip address add 10.0.1.77/32 dev cilium_host
ip link set cilium_host up
ip link set cilium_net up
ip route add 10.0.0.0/16 dev cilium_host src 10.0.1.77
ip rule add pref 9 fwmark 0x200/0xf00 lookup 2004
ip route add local default dev lo table 2004
ip rule add pref 100 lookup local
ip rule del pref 0
iptables -w 10 -N CILIUM_FORWARD
iptables -w 10 -A CILIUM_FORWARD -o cilium_host -j ACCEPT
iptables -w 10 -A CILIUM_FORWARD -i cilium_host -j ACCEPT
iptables -w 10 -I FORWARD -j CILIUM_FORWARD
iptables -w 10 -t raw -N CILIUM_PRE_raw
iptables -w 10 -t raw -A CILIUM_PRE_raw -m mark --mark 0x200/0xf00 -j CT --notrack
iptables -w 10 -t raw -I PREROUTING -j CILIUM_PRE_raw
iptables -w 10 -t mangle -N CILIUM_PRE_mangle
iptables -w 10 -t mangle -A CILIUM_PRE_mangle -m socket --transparent -j MARK --set-xmark 0x200/0xffffffff
iptables -w 10 -t mangle -I PREROUTING -j CILIUM_PRE_mangle
"""
BACK = """
iptables -w 10 -t mangle -D PREROUTING -j CILIUM_PRE_mangle
iptables -w 10 -t mangle -F CILIUM_PRE_mangle
iptables -w 10 -t mangle -X CILIUM_PRE_mangle
iptables -w 10 -t raw -D PREROUTING -j CILIUM_PRE_raw
iptables -w 10 -t raw -F CILIUM_PRE_raw
iptables -w 10 -t raw -X CILIUM_PRE_raw
iptables -w 10 -D FORWARD -j CILIUM_FORWARD
iptables -w 10 -F CILIUM_FORWARD
iptables -w 10 -X CILIUM_FORWARD
ip rule add pref 0 lookup local
ip rule del pref 100
ip rule del pref 9
ip route flush table 2004
ip link del cilium_net
"""


class FaultClass(Made):
    """Cilium was there before flannel: its devices, its routing rules and the moved rule of table local are left."""

    truth = Truth(id="", destination="service:default/web", port=80)
    modes = ("nftables", "host-gw")
    changes = tuple(Run(node, DO, BACK) for node in ("node-1", "node-2"))
