# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 writes a wrong checksum into the header of what a pod sends."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 writes a wrong checksum into the header of what a pod sends."""

    truth = Truth(
        id="packet-rewritten",
        also=("checksum-offload-broken",),
        location={"node": "node-1"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables", "host-gw")
    changes = (
        Nft(
            "node-1",
            "ip",
            "chain first {\ntype filter hook postrouting priority 200; policy accept;\n"
            "ip saddr <client-1> tcp dport 8080 ip checksum set 0x1\n}",
        ),
    )
