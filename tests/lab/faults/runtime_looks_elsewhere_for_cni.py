# SPDX-License-Identifier: GPL-3.0-or-later
"""containerd of node-2 is told another folder for CNI configurations, and finds none there."""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.cluster_changes import NodeReady
from podnet_lab.daemons import StartedAnew
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

EDIT = "sed -i s,/etc/cni/{},/etc/cni/{}, /etc/containerd/config.toml"


class FaultClass(Made):
    """containerd of node-2 is told another folder for CNI configurations, and finds none there."""

    truth = Truth(
        id="cni-config-missing",
        location={"node": "node-2"},
        explains=("node-not-ready", "pod-not-ready"),
        destination="service:default/strayed-1",
        port=80,
        access="ssh",
    )
    modes = ("nftables",)
    born_broken = True
    settle_seconds = 90
    changes = (
        NodeReady("node-2"),
        StartedAnew("node-2", "containerd", last=True),
        Run("node-2", EDIT.format("net.d", "conf.d"), EDIT.format("conf.d", "net.d")),
        StartedAnew("node-2", "containerd"),
        Objects((pod("strayed-1"), service("strayed-1"))),
        NodeReady("node-2", "False"),
    )
