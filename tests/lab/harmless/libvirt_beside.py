# SPDX-License-Identifier: GPL-3.0-or-later
"""Both nodes run libvirt too: its bridge without machines, and its chains that reject what is for others."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made

BRIDGE = """
ip link add virbr0 type bridge
ip address add 192.168.122.1/24 dev virbr0
ip link set virbr0 up
"""
CHAINS = """
iptables -w 10 -N LIBVIRT_FWX
iptables -w 10 -N LIBVIRT_FWI
iptables -w 10 -N LIBVIRT_FWO
iptables -w 10 -A LIBVIRT_FWX -i virbr0 -o virbr0 -j ACCEPT
iptables -w 10 -A LIBVIRT_FWI -d 192.168.122.0/24 -o virbr0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
iptables -w 10 -A LIBVIRT_FWI -o virbr0 -j REJECT --reject-with icmp-port-unreachable
iptables -w 10 -A LIBVIRT_FWO -s 192.168.122.0/24 -i virbr0 -j ACCEPT
iptables -w 10 -A LIBVIRT_FWO -i virbr0 -j REJECT --reject-with icmp-port-unreachable
iptables -w 10 -I FORWARD -j LIBVIRT_FWO
iptables -w 10 -I FORWARD -j LIBVIRT_FWI
iptables -w 10 -I FORWARD -j LIBVIRT_FWX
iptables -w 10 -t nat -N LIBVIRT_PRT
iptables -w 10 -t nat -A LIBVIRT_PRT -s 192.168.122.0/24 -d 224.0.0.0/24 -j RETURN
iptables -w 10 -t nat -A LIBVIRT_PRT -s 192.168.122.0/24 ! -d 192.168.122.0/24 -j MASQUERADE
iptables -w 10 -t nat -I POSTROUTING -j LIBVIRT_PRT
iptables -w 10 -t mangle -N LIBVIRT_PRT
iptables -w 10 -t mangle -A LIBVIRT_PRT -o virbr0 -p udp --dport 68 -j CHECKSUM --checksum-fill
iptables -w 10 -t mangle -A POSTROUTING -j LIBVIRT_PRT
"""
GONE = """
iptables -w 10 -D FORWARD -j LIBVIRT_FWX
iptables -w 10 -D FORWARD -j LIBVIRT_FWI
iptables -w 10 -D FORWARD -j LIBVIRT_FWO
iptables -w 10 -F LIBVIRT_FWX
iptables -w 10 -F LIBVIRT_FWI
iptables -w 10 -F LIBVIRT_FWO
iptables -w 10 -X LIBVIRT_FWX
iptables -w 10 -X LIBVIRT_FWI
iptables -w 10 -X LIBVIRT_FWO
iptables -w 10 -t nat -D POSTROUTING -j LIBVIRT_PRT
iptables -w 10 -t nat -F LIBVIRT_PRT
iptables -w 10 -t nat -X LIBVIRT_PRT
iptables -w 10 -t mangle -D POSTROUTING -j LIBVIRT_PRT
iptables -w 10 -t mangle -F LIBVIRT_PRT
iptables -w 10 -t mangle -X LIBVIRT_PRT
ip link del virbr0
"""


class FaultClass(Made):
    """Both nodes run libvirt too: its bridge without machines, and its chains that reject what is for others."""

    truth = Truth(id="", destination="service:default/web", port=80)
    modes = ("iptables", "nftables")
    changes = tuple(Run(node, BRIDGE + CHAINS, GONE) for node in ("node-1", "node-2"))
