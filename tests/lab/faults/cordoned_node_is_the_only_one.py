# SPDX-License-Identifier: GPL-3.0-or-later
"""The only node that a pod may use is cordoned."""

from __future__ import annotations

from podnet_lab.changes import Objects, Patched
from podnet_lab.cluster_changes import Event
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """The only node that a pod may use is cordoned."""

    truth = Truth(
        id="pod-not-ready",
        location={"namespace": "default", "pod": "waits-1"},
        destination="service:default/waits-1",
        port=80,
    )
    modes = ("nftables",)
    born_broken = True
    changes = (
        Patched("node node-2", {"spec": {"unschedulable": True}}, {"spec": {"unschedulable": None}}, kind="merge"),
        Objects((pod("waits-1", nodeName=None, nodeSelector={"kubernetes.io/hostname": "node-2"}), service("waits-1"))),
        Event("waits-1", "FailedScheduling"),
    )
