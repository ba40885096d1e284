# SPDX-License-Identifier: GPL-3.0-or-later
"""A package wrote containerd's configuration anew on node-2, without the part that the kubelet speaks to."""

from __future__ import annotations

from podnet_lab.changes import Change, File, Objects, Run
from podnet_lab.cluster_changes import NodeReady
from podnet_lab.faults import Context, Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

NOW = "/etc/containerd/config.toml"


class ReadAnew(Change):
    """containerd of node-2 ends and starts: when the change is undone, or, not after it, when it is made."""

    def __init__(self, after: bool = True) -> None:
        self._after = after

    def make(self, lab: Context) -> None:
        """End it now, unless it is to be ended last."""
        if not self._after:
            lab.signal_daemon("node-2", "containerd", "TERM")

    def undo(self, lab: Context) -> None:
        """End it last."""
        if self._after:
            lab.signal_daemon("node-2", "containerd", "TERM")


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
        ReadAnew(),
        Run("node-2", f"mv {NOW} {NOW}.before", f"mv {NOW}.before {NOW}"),
        File("node-2", NOW, 'disabled_plugins = ["cri"]\n'),
        ReadAnew(after=False),
        Objects((pod("late-1"), service("late-1"))),
        NodeReady("node-2", "False"),
    )
