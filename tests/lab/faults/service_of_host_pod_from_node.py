# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops what other nodes ask of a Service whose pod has the node's own address."""

from __future__ import annotations

from podnet_lab.changes import Objects, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import http_server, pod, service


class FaultClass(Made):
    """node-2 drops what other nodes ask of a Service whose pod has the node's own address."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-2"},
        source="node:node-1",
        destination="service:default/agent",
        port=80,
    )
    modes = ("nftables", "host-gw")
    scene = (
        Objects(
            (
                pod("agent-1", command=http_server(8092), port=8092, labels={"app": "agent"}, hostNetwork=True),
                service("agent", target=8092),
            ),
            ready=("agent-1",),
        ),
    )
    changes = (nft_chain("node-2", "inet", "input", "ip saddr <node-1> tcp dport 8092 drop", "150"),)
