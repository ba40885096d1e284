# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 lets a pod begin nothing; its Service leads to a port where nobody listens."""

from __future__ import annotations

from podnet_lab.changes import Objects, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import service, serving


class FaultClass(Made):
    """node-2 lets a pod begin nothing; its Service leads to a port where nobody listens."""

    truth = Truth(
        id="service-target-port-mismatch",
        location={"namespace": "default", "service": "astray-1"},
        also=("port-not-listening",),
        destination="service:default/astray-1",
        port=80,
    )
    modes = ("nftables",)

    born_broken = True
    changes = (
        serving("astray-1"),
        Objects((service("astray-1", target=8099),)),
        nft_chain("node-2", "inet", "forward", "ip saddr <astray-1> ct state new drop"),
    )
