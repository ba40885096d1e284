# SPDX-License-Identifier: GPL-3.0-or-later
"""A rule of node-1's bridge answers for a pod of that node, with a hardware address that nobody has."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving

RULE = (
    "PREROUTING -i <client-1.veth> -p ARP --arp-op Request --arp-ip-dst <near-9> "
    "-j arpreply --arpreply-mac 02:00:5e:00:53:01"
)


class FaultClass(Made):
    """A rule of node-1's bridge answers for a pod of that node, with a hardware address that nobody has."""

    truth = Truth(id="packet-rewritten", location={"node": "node-1"}, destination="pod:default/near-9", port=8080)
    modes = ("iptables", "host-gw")
    scene = (serving("near-9", "node-1"),)
    changes = (
        Run("node-1", f"ebtables -t nat -A {RULE}", f"ebtables -t nat -D {RULE}"),
        Run("node-1", "ip neigh flush dev eth0", "ip neigh flush dev eth0", pod="client-1"),
    )
