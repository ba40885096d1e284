# SPDX-License-Identifier: GPL-3.0-or-later
"""Beside the controller's slice stands one written by hand: the same pod, and a port that it does not serve."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import endpoints, pod, service

OLD = endpoints("twice-1", "<twice-1>", port=9090)
OLD["metadata"]["name"] = "twice-1-old"


class FaultClass(Made):
    """Beside the controller's slice stands one written by hand: the same pod, and a port that it does not serve."""

    truth = Truth(
        id="port-not-listening",
        location={"namespace": "default", "pod": "twice-1"},
        destination="service:default/twice-1",
        port=80,
    )
    modes = ("nftables",)
    attempts = 24
    lost = (3, 22)
    scene = (Objects((pod("twice-1"), service("twice-1")), ready=("twice-1",)),)
    changes = (Objects((OLD,)),)
