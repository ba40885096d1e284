# SPDX-License-Identifier: GPL-3.0-or-later
"""A named quota of node-2 is used up: what a pod answers by UDP is dropped."""

from __future__ import annotations

from podnet_lab.changes import Objects, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import echo_server, pod, service


class FaultClass(Made):
    """A named quota of node-2 is used up: what a pod answers by UDP is dropped."""

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

    changes = (
        nft_chain(
            "node-2",
            "ip",
            "forward",
            'udp sport 5353 quota name "of-talks" drop',
            sets="quota of-talks {\nover 1 bytes used 4000 bytes\n}",
        ),
    )
