# SPDX-License-Identifier: GPL-3.0-or-later
"""The file system where node-2 notes the addresses of its pods is full: a new pod gets none of the free ones."""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.cluster_changes import Event
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod


class FaultClass(Made):
    """The file system where node-2 notes the addresses of its pods is full: a new pod gets none of the free ones."""

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
        Run(
            "node-2",
            """mkdir -p /run/full
            mount -t tmpfs -o size=128k tmpfs /run/full
            cp -a /var/lib/cni/. /run/full/
            sh -c "cat /dev/zero > /run/full/core.1 || true"
            mount --bind /run/full /var/lib/cni""",
            """umount -l /var/lib/cni
            umount -l /run/full""",
        ),
        Objects((pod("late-1"),)),
        Event("late-1", "FailedCreatePodSandBox"),
    )
