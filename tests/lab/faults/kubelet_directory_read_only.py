# SPDX-License-Identifier: GPL-3.0-or-later
"""The file system of node-2's kubelet can only be read: the pods that run are well, and no new one is made."""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod


class FaultClass(Made):
    """The file system of node-2's kubelet can only be read: the pods that run are well, and no new one is made."""

    truth = Truth(
        id="pod-not-ready",
        location={"namespace": "default", "pod": "late-1"},
        destination="pod:default/late-1",
        port=8080,
        access="ssh",
    )
    modes = ("nftables",)
    born_broken = True
    changes = (
        Run("node-2", "mount -o remount,bind,ro /var/lib/kubelet", "mount -o remount,bind,rw /var/lib/kubelet"),
        Objects((pod("late-1"),)),
    )
