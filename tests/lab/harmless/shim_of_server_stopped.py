# SPDX-License-Identifier: GPL-3.0-or-later
"""The process by which containerd speaks to a server's containers is stopped, and the server goes on."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.containers import ShimStopped
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """The process by which containerd speaks to a server's containers is stopped, and the server goes on."""

    truth = Truth(id="", destination="service:default/held-1", port=80)
    modes = ("nftables",)
    scene = (Objects((pod("held-1"), service("held-1")), ready=("held-1",)),)
    changes = (ShimStopped("held-1"),)
