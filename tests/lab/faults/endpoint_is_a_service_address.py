# SPDX-License-Identifier: GPL-3.0-or-later
"""A slice written by hand leads to the address of another Service, and no packet is translated twice."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import endpoints, service


class FaultClass(Made):
    """A slice written by hand leads to the address of another Service, and no packet is translated twice."""

    truth = Truth(
        id="endpoint-address-unknown",
        location={"namespace": "default", "service": "chain-1"},
        destination="service:default/chain-1",
        port=8000,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (Objects((service("chain-1", app=None, port=8000), endpoints("chain-1", "<service:web>", port=80))),)
