# SPDX-License-Identifier: GPL-3.0-or-later
"""A package wrote containerd's configuration anew on node-2, without the part that the kubelet speaks to."""

from __future__ import annotations

from podnet_lab.changes import File, Objects, Run
from podnet_lab.cluster_changes import NodeReady
from podnet_lab.daemons import StartedAnew
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

NOW = "/etc/containerd/config.toml"


class FaultClass(Made):
    """A package wrote containerd's configuration anew on node-2, without the part that the kubelet speaks to."""

    truth = Truth(
        id="node-not-ready", location={"node": "node-2"}, destination="service:default/late-1", port=80, access="ssh"
    )
    modes = ("nftables",)
    born_broken = True
    settle_seconds = 90
    changes = (
        NodeReady("node-2"),
        StartedAnew("node-2", "containerd", last=True),
        Run("node-2", f"mv {NOW} {NOW}.before", f"mv {NOW}.before {NOW}"),
        File("node-2", NOW, 'disabled_plugins = ["cri"]\n'),
        StartedAnew("node-2", "containerd"),
        Objects((pod("late-1"), service("late-1"))),
        NodeReady("node-2", "False"),
    )
