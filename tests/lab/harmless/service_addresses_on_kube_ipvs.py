# SPDX-License-Identifier: GPL-3.0-or-later
"""kube-ipvs0 of an earlier mode holds the addresses of Services, and is down."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """kube-ipvs0 of an earlier mode holds the addresses of Services, and is down."""

    truth = Truth(id="", destination="service:default/web", port=80)
    modes = ("iptables", "nftables")
    changes = (
        Run(
            "node-1",
            "ip link add kube-ipvs0 type bridge\nip address add <service:web>/32 dev kube-ipvs0\n"
            "ip address add 10.96.0.10/32 dev kube-ipvs0",
            "ip link del kube-ipvs0",
        ),
    )
