# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kubelet of node-2 ends as often as it begins, since it cannot read its configuration; its pods are well."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import NodeReady
from podnet_lab.daemons import KubeletSays
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """The kubelet of node-2 ends as often as it begins, since it cannot read its configuration; its pods are well."""

    truth = Truth(
        id="node-not-ready", location={"node": "node-2"}, destination="service:default/lone-1", port=80, access="ssh"
    )
    modes = ("iptables",)
    settle_seconds = 100
    scene = (Objects((pod("lone-1"), service("lone-1")), ready=("lone-1",)),)
    changes = (
        NodeReady("node-2"),
        KubeletSays("node-2", "KubeletConfiguration", "KubeletConfigurations"),
        NodeReady("node-2", "Unknown"),
    )
