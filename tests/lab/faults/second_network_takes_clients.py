# SPDX-License-Identifier: GPL-3.0-or-later
"""A second network of the server's pod takes the answers to the client's node."""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A second network of the server's pod takes the answers to the client's node."""

    truth = Truth(
        id="route-wrong",
        location={"node": "node-2", "namespace": "default", "pod": "<web-2.name>"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables", "nftables", "host-gw")
    changes = (
        in_pod(
            "web-2",
            """
            ip tuntap add net1 mode tun
            ip addr add 10.99.0.2/24 dev net1
            ip link set net1 up
            ip route add 10.244.1.0/24 dev net1
            """,
            "ip link del net1",
        ),
    )
