# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops the answers of a node port for UDP once they have its own address again."""

from __future__ import annotations

from podnet_lab.changes import Objects, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import echo_server, pod, service


class FaultClass(Made):
    """node-2 drops the answers of a node port for UDP once they have its own address again."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-2"},
        source="host:outside",
        destination="node:node-2",
        port=30195,
        protocol="udp",
    )
    modes = ("nftables", "host-gw")
    scene = (
        Objects(
            (
                pod("echo-5", command=echo_server(9000), port=9000),
                service(
                    "echo-5",
                    port=9000,
                    target=9000,
                    protocol="UDP",
                    type="NodePort",
                    nodePort=30195,
                    externalTrafficPolicy="Local",
                ),
            ),
            ready=("echo-5",),
        ),
    )
    changes = (nft_chain("node-2", "ip", "postrouting", "ip saddr <node-2> udp sport 30195 drop", "150"),)
