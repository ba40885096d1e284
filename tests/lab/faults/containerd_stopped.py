# SPDX-License-Identifier: GPL-3.0-or-later
"""containerd of node-2 answers nothing any more: running pods are well, and a new one does not start."""

from __future__ import annotations

from podnet_lab.changes import Frozen, Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod


class FaultClass(Made):
    """containerd of node-2 answers nothing any more: running pods are well, and a new one does not start."""

    truth = Truth(
        id="pod-not-ready",
        location={"namespace": "default", "pod": "late-1"},
        destination="pod:default/late-1",
        port=8080,
        access="ssh",
    )
    born_broken = True
    changes = (Frozen("node-2", "containerd"), Objects((pod("late-1"),)))
