# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 holds node-2's address on kube-ipvs0 and keeps the tunnel's packets at home.

Public report: kubernetes/kubernetes#127410.
"""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 holds node-2's address on kube-ipvs0 and keeps the tunnel's packets at home."""

    truth = Truth(
        id="duplicate-address", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("iptables", "nftables")
    changes = (
        Run(
            "node-1",
            "ip link add kube-ipvs0 type bridge\nip address add 192.0.2.12/32 dev kube-ipvs0",
            "ip link del kube-ipvs0",
        ),
    )
