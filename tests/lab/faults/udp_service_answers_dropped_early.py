# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 drops the answers of a UDP Service before it knows them as answers."""

from __future__ import annotations

from podnet_lab.changes import Objects, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import echo_server, pod, service


class FaultClass(Made):
    """node-1 drops the answers of a UDP Service before it knows them as answers."""

    truth = Truth(
        id="netfilter-drop", location={"node": "node-1"}, destination="service:default/echo", port=5300, protocol="udp"
    )
    modes = ("nftables", "host-gw")
    scene = (
        Objects(
            (
                pod("echo-1", command=echo_server(5353), port=5353, labels={"app": "echo"}),
                service("echo", port=5300, target=5353, protocol="UDP"),
            ),
            ready=("echo-1",),
        ),
    )
    changes = (nft_chain("node-1", "inet", "prerouting", "ip saddr <echo-1> udp sport 5353 drop", "-290"),)
