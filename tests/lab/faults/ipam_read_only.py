# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 may not write where it notes the addresses of its pods, as after an error of its disk."""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.cluster_changes import Event
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod


class FaultClass(Made):
    """node-2 may not write where it notes the addresses of its pods, as after an error of its disk."""

    truth = Truth(
        id="pod-not-ready",
        location={"namespace": "default", "pod": "late-1"},
        destination="pod:default/late-1",
        port=8080,
        access="ssh",
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (
        Run("node-2", "mount -o remount,bind,ro /var/lib/cni", "mount -o remount,bind,rw /var/lib/cni"),
        Objects((pod("late-1"),)),
        Event("late-1", "FailedCreatePodSandBox"),
    )
