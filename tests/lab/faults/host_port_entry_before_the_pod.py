# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 keeps a sender's entry from before the pod had its host port, and its datagrams with it.

Public report: projectcalico/felix#1880, containernetworking/plugins#123.
"""

from __future__ import annotations

from podnet_lab.changes import Kept, Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.outside_flows import PORT, EarlyEntry, Sender, SenderFlow
from podnet_lab.scene import echo_server, pod

LOGS = Objects(
    (
        pod(
            "logs-1",
            "node-1",
            echo_server(PORT),
            container={"ports": [{"name": "syslog", "containerPort": PORT, "hostPort": PORT, "protocol": "UDP"}]},
        ),
    ),
    ready=("logs-1",),
)


class FaultClass(Made):
    """node-1 keeps a sender's entry from before the pod had its host port, and its datagrams with it."""

    truth = Truth(
        id="conntrack-stale",
        location={"node": "node-1"},
        source="host:outside",
        destination="node:node-1",
        port=PORT,
        protocol="udp",
    )
    modes = ("iptables", "nftables")
    traffic = SenderFlow("host:outside", "192.0.2.11", PORT, "udp")
    # The plugin that makes host ports switches this on, and nobody takes it back.
    scene = (Kept("node-1", "net/ipv4/conf/cni0/route_localnet", "1"), LOGS, Sender())
    changes = (EarlyEntry(),)
