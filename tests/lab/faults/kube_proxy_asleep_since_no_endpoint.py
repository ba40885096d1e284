# SPDX-License-Identifier: GPL-3.0-or-later
"""kube-proxy of node-1 fell asleep while a Service had no pod, and its own rule still refuses the Service."""

from __future__ import annotations

from podnet_lab.changes import Frozen, Objects
from podnet_lab.cluster_changes import Gone
from podnet_lab.faults import Context, Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service
from podnet_lab.settled import Fails
from podnet_lab.traffic import Traffic

SERVER = Objects((pod("back-1"),), ready=("back-1",))


class Back(Gone):
    """The pod is made again, and stays."""

    def make(self, lab: Context) -> None:
        """Make it."""
        self.objects.make(lab)

    def undo(self, lab: Context) -> None:
        """It stays."""


class FaultClass(Made):
    """kube-proxy of node-1 fell asleep while a Service had no pod, and its own rule still refuses the Service."""

    truth = Truth(
        id="kube-proxy-rules-stale", location={"node": "node-1"}, destination="service:default/back-1", port=80
    )
    modes = ("nftables", "host-gw")
    settle_seconds = 60
    scene = (SERVER, Objects((service("back-1"),)))
    changes = (
        Gone(SERVER),
        Fails(Traffic("pod:default/client-1", "<service:back-1>", 80)),
        Frozen("node-1", "kube-proxy"),
        Back(SERVER),
    )
