# SPDX-License-Identifier: GPL-3.0-or-later
"""Beside the controller's slice stands one written by hand with the same address and port."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import endpoints, pod, service

SAME = endpoints("again-1", "<again-1>")
SAME["metadata"]["name"] = "again-1-copy"


class FaultClass(Made):
    """Beside the controller's slice stands one written by hand with the same address and port."""

    truth = Truth(id="", destination="service:default/again-1", port=80)
    modes = ("nftables",)
    scene = (Objects((pod("again-1"), service("again-1")), ready=("again-1",)),)
    changes = (Objects((SAME,)),)
