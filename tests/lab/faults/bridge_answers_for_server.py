# SPDX-License-Identifier: GPL-3.0-or-later
"""A rule of node-2's bridge answers its pods for the server's hardware address, with that of nobody."""

from __future__ import annotations

from podnet_lab.changes import Run, in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A rule of node-2's bridge answers its pods for the server's hardware address, with that of nobody."""

    truth = Truth(
        id="neighbour-failed",
        location={"node": "node-2"},
        source="pod:default/client-2",
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables",)
    changes = (
        Run(
            "node-2",
            "ebtables -t nat -A PREROUTING -i <client-2.veth> -p ARP --arp-ip-dst <web-2> -j arpreply"
            " --arpreply-mac 02:00:5e:00:53:66 --arpreply-target DROP",
            "ebtables -t nat -D PREROUTING -i <client-2.veth> -p ARP --arp-ip-dst <web-2> -j arpreply"
            " --arpreply-mac 02:00:5e:00:53:66 --arpreply-target DROP",
        ),
        in_pod("client-2", "ip neigh flush dev eth0", "ip neigh flush dev eth0"),
    )
