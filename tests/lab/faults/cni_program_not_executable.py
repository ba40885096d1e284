# SPDX-License-Identifier: GPL-3.0-or-later
"""The CNI's program on node-2 has lost its mode: nobody may run it, and a new pod gets no network."""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.cluster_changes import Event
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod


class FaultClass(Made):
    """The CNI's program on node-2 has lost its mode: nobody may run it, and a new pod gets no network."""

    truth = Truth(
        id="cni-config-missing", also=("pod-not-ready",), destination="pod:default/late-1", port=8080, access="ssh"
    )
    modes = ("nftables",)
    born_broken = True
    changes = (
        Run("node-2", "chmod 644 /opt/cni/bin/flannel", "chmod 755 /opt/cni/bin/flannel"),
        Objects((pod("late-1"),)),
        Event("late-1", "FailedCreatePodSandBox"),
    )
