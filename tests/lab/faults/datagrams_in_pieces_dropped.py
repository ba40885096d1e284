# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops fragments, so that large datagrams are lost and small ones pass."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.programs import Datagrams
from podnet_lab.scene import echo_server, serving


class FaultClass(Made):
    """node-2 drops fragments, so that large datagrams are lost and small ones pass."""

    truth = Truth(
        id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/pieces-1", port=5353, protocol="udp"
    )
    modes = ("nftables", "host-gw")
    traffic = Datagrams("pod:default/client-1", "<pieces-1>", 5353, "udp", size=3000)
    scene = (serving("pieces-1", command=echo_server(5353)),)
    changes = (
        Nft(
            "node-2",
            "ip",
            "chain first {\ntype filter hook prerouting priority -450; policy accept;\n"
            "ip saddr 10.244.0.0/16 ip frag-off & 0x3fff != 0 counter drop\n}",
        ),
    )
