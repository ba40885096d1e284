# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's namespace drops what one of its two containers sends."""

from __future__ import annotations

from podnet_lab.changes import Objects, pod_rule
from podnet_lab.config import IMAGE_PYTHON
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod
from podnet_lab.traffic import Traffic

TWO = pod("user-1", "node-1")
TWO["spec"]["containers"].append(
    {
        "name": "worker",
        "image": IMAGE_PYTHON,
        "imagePullPolicy": "IfNotPresent",
        "command": ["sleep", "900000"],
        "securityContext": {"runAsUser": 1000},
    }
)


class FaultClass(Made):
    """The client's namespace drops what one of its two containers sends."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-1", "namespace": "default", "pod": "user-1"},
        source="pod:default/user-1",
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables", "nftables")
    scene = (Objects((TWO,), ready=("user-1",)),)
    traffic = Traffic("pod:default/user-1", "<web-2>", 8080, uid=1000)
    changes = (pod_rule("user-1", "filter OUTPUT -p tcp -m owner --uid-owner 1000 -j DROP"),)
