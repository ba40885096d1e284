# SPDX-License-Identifier: GPL-3.0-or-later
"""A rule of node-1's bridge answers for the gateway, with a hardware address that nobody has."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A rule of node-1's bridge answers for the gateway, with a hardware address that nobody has."""

    truth = Truth(
        id="neighbour-failed",
        also=("packet-rewritten",),
        location={"node": "node-1"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables", "host-gw")
    changes = (
        Run(
            "node-1",
            "ebtables -t nat -A PREROUTING -i <client-1.veth> -p ARP --arp-op Request --arp-ip-dst 10.244.1.1 "
            "-j arpreply --arpreply-mac 02:00:5e:00:53:01",
            "ebtables -t nat -D PREROUTING -i <client-1.veth> -p ARP --arp-op Request --arp-ip-dst 10.244.1.1 "
            "-j arpreply --arpreply-mac 02:00:5e:00:53:01",
        ),
        Run("node-1", "ip neigh flush dev eth0", "ip neigh flush dev eth0", pod="client-1"),
    )
