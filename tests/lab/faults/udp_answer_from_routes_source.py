# SPDX-License-Identifier: GPL-3.0-or-later
"""A route in the server's pod lends another source address, and answers of UDP leave with it."""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import echo_server, serving

LEND = """
ip address add 172.30.9.5/32 dev eth0
ip route add <client-1>/32 via 10.244.2.1 dev eth0 src 172.30.9.5
"""


class FaultClass(Made):
    """A route in the server's pod lends another source address, and answers of UDP leave with it."""

    truth = Truth(
        id="udp-answer-from-elsewhere",
        location={"namespace": "default", "pod": "echo-1"},
        destination="pod:default/echo-1",
        port=5353,
        protocol="udp",
    )
    modes = ("nftables", "host-gw")
    scene = (serving("echo-1", command=echo_server(5353), port=5353),)
    changes = (in_pod("echo-1", LEND, "ip address del 172.30.9.5/32 dev eth0"),)
