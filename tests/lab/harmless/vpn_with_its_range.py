# SPDX-License-Identifier: GPL-3.0-or-later
"""A VPN of both nodes has its device, table, rules and chains, and nobody asked is in its range."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made

MADE = """
ip tuntap add tailscale0 mode tun
ip address add 100.82.80.46/32 dev tailscale0
ip link set tailscale0 up
ip rule add pref 5210 fwmark 0x80000/0xff0000 lookup main
ip rule add pref 5230 fwmark 0x80000/0xff0000 lookup default
ip rule add pref 5250 fwmark 0x80000/0xff0000 unreachable
ip rule add pref 5270 lookup 52
ip route add 100.100.100.100/32 dev tailscale0 table 52
ip route add throw 127.0.0.0/8 table 52
iptables -w 10 -N ts-input
iptables -w 10 -N ts-forward
iptables -w 10 -A ts-input -s 100.82.80.46/32 -i lo -j ACCEPT
iptables -w 10 -A ts-input -s 100.64.0.0/10 ! -i tailscale0 -j DROP
iptables -w 10 -A ts-forward -i tailscale0 -j MARK --set-xmark 0x40000/0xff0000
iptables -w 10 -A ts-forward -m mark --mark 0x40000/0xff0000 -j ACCEPT
iptables -w 10 -A ts-forward -s 100.64.0.0/10 -o tailscale0 -j DROP
iptables -w 10 -A ts-forward -o tailscale0 -j ACCEPT
iptables -w 10 -I INPUT -j ts-input
iptables -w 10 -I FORWARD -j ts-forward
"""
GONE = """
iptables -w 10 -D INPUT -j ts-input
iptables -w 10 -D FORWARD -j ts-forward
iptables -w 10 -F ts-input
iptables -w 10 -X ts-input
iptables -w 10 -F ts-forward
iptables -w 10 -X ts-forward
ip rule del pref 5210
ip rule del pref 5230
ip rule del pref 5250
ip rule del pref 5270
ip route flush table 52
ip link del tailscale0
"""


class FaultClass(Made):
    """A VPN of both nodes has its device, table, rules and chains, and nobody asked is in its range."""

    truth = Truth(id="", destination="service:default/web", port=80)
    modes = ("iptables", "nftables")
    changes = tuple(Run(node, MADE, GONE) for node in ("node-1", "node-2"))
