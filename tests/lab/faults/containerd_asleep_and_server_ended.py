# SPDX-License-Identifier: GPL-3.0-or-later
"""containerd of node-2 is stopped, and a server that has ended since is not started again, nor told of."""

from __future__ import annotations

from podnet_lab.changes import Frozen, Objects
from podnet_lab.containers import Signalled
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """containerd of node-2 is stopped, and a server that has ended since is not started again, nor told of."""

    truth = Truth(
        id="port-not-listening",
        also=("container-not-ready",),
        location={"namespace": "default", "pod": "ended-1"},
        destination="service:default/ended-1",
        port=80,
        access="ssh",
    )
    modes = ("nftables",)
    settle_seconds = 60
    scene = (Objects((pod("ended-1"), service("ended-1")), ready=("ended-1",)),)
    changes = (Frozen("node-2", "containerd"), Signalled("ended-1", "KILL"))
