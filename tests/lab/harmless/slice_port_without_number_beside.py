# SPDX-License-Identifier: GPL-3.0-or-later
"""Beside the controller's slice stands one whose port has no number."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import endpoints, pod, service

EMPTY = {**endpoints("bare-3", "10.244.2.250"), "ports": [{"name": "main", "protocol": "TCP"}]}


class FaultClass(Made):
    """Beside the controller's slice stands one whose port has no number."""

    truth = Truth(id="", destination="service:default/bare-3", port=80)
    modes = ("iptables", "nftables")
    scene = (Objects((pod("bare-3"), service("bare-3")), ready=("bare-3",)),)
    changes = (Objects((EMPTY,)),)
    attempts = 10
