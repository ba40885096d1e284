# SPDX-License-Identifier: GPL-3.0-or-later
"""Beside the controller's slice stands one that was written by hand, without a port."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import endpoints, pod, service

EMPTY = {**endpoints("two-2", "10.244.2.250"), "ports": []}


class FaultClass(Made):
    """Beside the controller's slice stands one that was written by hand, without a port."""

    truth = Truth(id="", destination="service:default/two-2", port=80)
    modes = ("iptables", "nftables")
    scene = (Objects((pod("two-2"), service("two-2")), ready=("two-2",)),)
    changes = (Objects((EMPTY,)),)
    attempts = 10
