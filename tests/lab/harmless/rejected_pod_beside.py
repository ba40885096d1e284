# SPDX-License-Identifier: GPL-3.0-or-later
"""The kubelet has turned away one pod of a Service, whose other pod serves."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Phase
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

LARGE = {"resources": {"requests": {"cpu": "500"}}}


class FaultClass(Made):
    """The kubelet has turned away one pod of a Service, whose other pod serves."""

    truth = Truth(id="", destination="service:default/shop", port=80)
    modes = ("nftables",)
    scene = (Objects((pod("shop-1", labels={"app": "shop"}), service("shop")), ready=("shop-1",)),)
    changes = (Objects((pod("shop-2", labels={"app": "shop"}, container=LARGE),)), Phase("shop-2", "Failed"))
