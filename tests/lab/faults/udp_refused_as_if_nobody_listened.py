# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 answers datagrams for a pod as if nobody listened there."""

from __future__ import annotations

from podnet_lab.changes import Objects, Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import echo_server, pod, service


class FaultClass(Made):
    """node-2 answers datagrams for a pod as if nobody listened there."""

    truth = Truth(
        id="netfilter-reject",
        location={"node": "node-2"},
        destination="service:default/heard-1",
        port=5300,
        protocol="udp",
    )
    modes = ("iptables", "host-gw")
    scene = (
        Objects(
            (
                pod("heard-1", command=echo_server(5353), port=5353),
                service("heard-1", port=5300, target=5353, protocol="UDP"),
            ),
            ready=("heard-1",),
        ),
    )
    changes = (Rule("node-2", "filter FORWARD -d <heard-1>/32 -p udp -j REJECT --reject-with icmp-port-unreachable"),)
