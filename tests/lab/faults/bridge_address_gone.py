# SPDX-License-Identifier: GPL-3.0-or-later
"""cni0 of node-2 has lost its address when the network service was started anew."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """cni0 of node-2 has lost its address when the network service was started anew."""

    truth = Truth(
        id="bridge-address-wrong", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("iptables", "nftables", "host-gw")
    changes = (
        Run(
            "node-2", "ip address del 10.244.2.1/24 dev cni0", "ip address add 10.244.2.1/24 brd 10.244.2.255 dev cni0"
        ),
    )
