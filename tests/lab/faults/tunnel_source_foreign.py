# SPDX-License-Identifier: GPL-3.0-or-later
"""The tunnel of node-1 sends from a second address, which the network does not let through."""

from __future__ import annotations

from podnet_lab.changes import Run, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The tunnel of node-1 sends from a second address, which the network does not let through."""

    truth = Truth(
        id="tunnel-source-mismatch",
        location={"node": "node-1", "device": "flannel.1"},
        destination="pod:default/client-2",
        protocol="icmp",
    )
    changes = (
        Run(
            "node-1",
            "ip address add 192.0.2.111/24 dev eth0\nip link set flannel.1 type vxlan id 1 local 192.0.2.111 dev eth0",
            "ip link set flannel.1 type vxlan id 1 local 192.0.2.11 dev eth0\nip address del 192.0.2.111/24 dev eth0",
        ),
        nft_chain("fabric", "bridge", "forward", 'iifname "node-1" ip saddr 192.0.2.111 drop'),
    )
