# SPDX-License-Identifier: GPL-3.0-or-later
"""A routing rule of node-2 throws away what a range of UDP ports sends: the answers."""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import echo_server, pod, service


class FaultClass(Made):
    """A routing rule of node-2 throws away what a range of UDP ports sends: the answers."""

    truth = Truth(
        id="policy-route-diverts",
        location={"node": "node-2"},
        destination="service:default/range-1",
        port=5300,
        protocol="udp",
    )
    modes = ("iptables", "host-gw")
    scene = (
        Objects(
            (
                pod("range-1", command=echo_server(5353), port=5353),
                service("range-1", port=5300, target=5353, protocol="UDP"),
            ),
            ready=("range-1",),
        ),
    )
    changes = (
        Run("node-2", "ip rule add pref 70 ipproto udp sport 5000-6000 blackhole", "ip rule del pref 70"),
        Run("node-1", "ip rule add pref 71 ipproto udp sport 7000-8000 prohibit", "ip rule del pref 71"),
    )
