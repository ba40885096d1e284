# SPDX-License-Identifier: GPL-3.0-or-later
"""cni0 of node-2 was deleted with its address, and nothing makes it again while no pod comes."""

from __future__ import annotations

from podnet_lab.changes import File, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made

KEEP = """
ip -o link show master cni0 | grep -o 'veth[0-9a-f]*' | sort -u > /run/cni0.ports
cat /sys/class/net/cni0/address > /run/cni0.mac
cat /sys/class/net/cni0/mtu > /run/cni0.mtu
ip link del cni0
"""
MAKE = """
ip link add cni0 address $(cat /run/cni0.mac) mtu $(cat /run/cni0.mtu) type bridge
ip link set cni0 up
ip address add 10.244.2.1/24 brd + dev cni0
for port in $(cat /run/cni0.ports); do
    ip link set $port master cni0
    bridge link set dev $port hairpin on
done
"""


class FaultClass(Made):
    """cni0 of node-2 was deleted with its address, and nothing makes it again while no pod comes."""

    truth = Truth(
        id="device-missing",
        location={"node": "node-2", "device": "cni0"},
        source="pod:default/client-2",
        destination="service:default/web",
        port=80,
    )
    modes = ("iptables", "host-gw")
    changes = (
        File("node-2", "/run/cni0.keep", KEEP),
        File("node-2", "/run/cni0.make", MAKE),
        Run("node-2", "sh /run/cni0.keep", "sh /run/cni0.make"),
    )
