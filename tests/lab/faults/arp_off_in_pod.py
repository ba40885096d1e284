# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's own device does not do ARP."""

from __future__ import annotations

from podnet_lab.changes import Run, in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The server's own device does not do ARP."""

    truth = Truth(
        id="neighbour-failed",
        location={"node": "node-2", "namespace": "default", "pod": "<web-2.name>"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables", "nftables")
    changes = (
        in_pod("web-2", "ip link set eth0 arp off", "ip link set eth0 arp on"),
        Run("node-2", "ip neigh flush dev cni0"),
    )
