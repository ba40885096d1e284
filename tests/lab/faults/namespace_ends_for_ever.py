# SPDX-License-Identifier: GPL-3.0-or-later
"""A namespace is being deleted and held by a finalizer of its Service, whose workload is gone already."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Available, Ending
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import deployment, service

SPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "closing"}}


class FaultClass(Made):
    """A namespace is being deleted and held by a finalizer of its Service, whose workload is gone already."""

    truth = Truth(
        id="service-no-endpoints",
        location={"namespace": "closing", "service": "shop"},
        destination="service:closing/shop",
        port=80,
    )
    modes = ("nftables",)
    born_broken = True
    settle_seconds = 60
    changes = (
        Objects((SPACE,)),
        Objects((deployment("shop", "closing"), service("shop", namespace="closing"))),
        Available("shop", "closing"),
        Ending("closing", "service shop"),
    )
