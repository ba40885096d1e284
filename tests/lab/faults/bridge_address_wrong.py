# SPDX-License-Identifier: GPL-3.0-or-later
"""cni0 of node-2 has kept the address of an earlier cluster: no pod there has a gateway.

Public report: kubernetes/kubernetes#39557.
"""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """cni0 of node-2 has kept the address of an earlier cluster: no pod there has a gateway."""

    truth = Truth(
        id="bridge-address-wrong", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("iptables", "nftables", "host-gw")
    changes = (
        Run(
            "node-2",
            "ip address del 10.244.2.1/24 dev cni0\nip address add 10.244.9.1/24 dev cni0",
            "ip address del 10.244.9.1/24 dev cni0\nip address add 10.244.2.1/24 brd 10.244.2.255 dev cni0",
        ),
    )
