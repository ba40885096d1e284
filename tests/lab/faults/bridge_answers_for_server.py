# SPDX-License-Identifier: GPL-3.0-or-later
"""A rule of node-2's bridge answers its pods for each other, with a hardware address that nobody has any more."""

from __future__ import annotations

from podnet_lab.changes import Run, in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made

RULE = (
    "PREROUTING -p ARP --arp-opcode Request --arp-ip-dst ! 10.244.2.1"
    " -j arpreply --arpreply-mac 02:00:5e:00:53:66 --arpreply-target DROP"
)


class FaultClass(Made):
    """A rule of node-2's bridge answers its pods for each other, with a hardware address that nobody has any more."""

    truth = Truth(
        id="neighbour-failed",
        location={"node": "node-2"},
        source="pod:default/client-2",
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables",)
    changes = (
        Run("node-2", f"ebtables -t nat -A {RULE}", f"ebtables -t nat -D {RULE}"),
        in_pod("web-2", "ip neigh flush dev eth0", "ip neigh flush dev eth0"),
        in_pod("client-2", "ip neigh flush dev eth0", "ip neigh flush dev eth0"),
    )
