# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's namespace writes the gateway's address into what comes in, and its answers find back."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving


class FaultClass(Made):
    """The server's namespace writes the gateway's address into what comes in, and its answers find back."""

    truth = Truth(id="", destination="pod:default/hides-1", port=8080)
    modes = ("iptables", "host-gw")
    scene = (serving("hides-1"),)
    changes = (
        Nft(
            "node-2",
            "ip",
            "chain first {\ntype nat hook input priority 100; policy accept;\ntcp dport 8080 snat to 10.244.2.1\n}",
            pod="hides-1",
        ),
    )
