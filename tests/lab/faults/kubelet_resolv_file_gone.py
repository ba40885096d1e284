# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2's kubelet is told a resolver file that is not there, and makes no pod any more."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Event, NodeReady
from podnet_lab.daemons import KubeletSays
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """node-2's kubelet is told a resolver file that is not there, and makes no pod any more."""

    truth = Truth(
        id="pod-not-ready",
        location={"namespace": "default", "pod": "late-3"},
        destination="service:default/late-3",
        port=80,
        access="ssh",
    )
    modes = ("nftables",)
    born_broken = True
    settle_seconds = 60
    changes = (
        NodeReady("node-2"),
        KubeletSays("node-2", "/etc/resolv.conf", "/run/resolved/resolv.conf"),
        Objects((pod("late-3", dnsPolicy="Default"), service("late-3"))),
        Event("late-3", "FailedCreatePodSandBox"),
    )
