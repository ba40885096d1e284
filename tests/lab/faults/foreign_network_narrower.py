# SPDX-License-Identifier: GPL-3.0-or-later
"""A second network of node-1 is a part of node-2's pod CIDR, and takes the packets."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A second network of node-1 is a part of node-2's pod CIDR, and takes the packets."""

    truth = Truth(id="pod-cidr-overlap", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables", "host-gw")
    changes = (
        Run(
            "node-1",
            "ip link add vpn0 type veth peer name vpn0-peer\nip link set vpn0 up\nip link set vpn0-peer up\n"
            "ip address add 10.244.2.126/25 dev vpn0",
            "ip link del vpn0",
        ),
    )
