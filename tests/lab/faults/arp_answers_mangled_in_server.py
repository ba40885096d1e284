# SPDX-License-Identifier: GPL-3.0-or-later
"""A rule of the server's own namespace writes another hardware address into what it answers."""

from __future__ import annotations

from podnet_lab.changes import Run, in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A rule of the server's own namespace writes another hardware address into what it answers."""

    truth = Truth(
        id="packet-rewritten",
        location={"node": "node-2"},
        also=("neighbour-failed",),
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables", "nftables")
    changes = (
        in_pod(
            "web-2",
            "arptables -A OUTPUT -s <web-2> -j mangle --mangle-mac-s 02:00:5e:00:53:67",
            "arptables -D OUTPUT -s <web-2> -j mangle --mangle-mac-s 02:00:5e:00:53:67",
        ),
        Run("node-2", "ip neigh flush dev cni0", "ip neigh flush dev cni0"),
    )
