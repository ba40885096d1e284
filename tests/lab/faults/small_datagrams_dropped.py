# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops the small ones of the datagrams that a pod answers."""

from __future__ import annotations

from podnet_lab.changes import Objects, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import echo_server, pod, service


class FaultClass(Made):
    """node-2 drops the small ones of the datagrams that a pod answers."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-2"},
        destination="service:default/talk-1",
        port=5300,
        protocol="udp",
    )
    modes = ("iptables", "host-gw")

    scene = (
        Objects(
            (
                pod("talk-1", command=echo_server(5353), port=5353),
                service("talk-1", port=5300, target=5353, protocol="UDP"),
            ),
            ready=("talk-1",),
        ),
    )

    changes = (nft_chain("node-2", "inet", "postrouting", "udp sport 5353 udp length < 400 drop", "-20"),)
