# SPDX-License-Identifier: GPL-3.0-or-later
"""Beside the controller's slice stands one that was written by hand, with an address of nobody."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import endpoints, pod, service

OLD = endpoints("two-1", "10.244.2.250")
OLD["metadata"]["name"] = "two-1-old"


class FaultClass(Made):
    """Beside the controller's slice stands one that was written by hand, with an address of nobody."""

    truth = Truth(
        id="endpoint-address-unknown",
        location={"namespace": "default", "service": "two-1"},
        destination="service:default/two-1",
        port=80,
    )
    modes = ("iptables", "nftables")
    attempts = 12
    lost = (1, 11)
    scene = (Objects((pod("two-1"), service("two-1")), ready=("two-1",)),)
    changes = (Objects((OLD,)),)
