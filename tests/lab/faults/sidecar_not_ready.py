# SPDX-License-Identifier: GPL-3.0-or-later
"""The application answers, and the second container of its pod is not ready."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Event
from podnet_lab.config import IMAGE_PYTHON
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

BOTH = pod("pair-1")
BOTH["spec"]["containers"].append(
    {
        "name": "proxy",
        "image": IMAGE_PYTHON,
        "imagePullPolicy": "IfNotPresent",
        "command": ["sleep", "infinity"],
        "readinessProbe": {"exec": {"command": ["false"]}, "periodSeconds": 1, "failureThreshold": 1},
    }
)


class FaultClass(Made):
    """The application answers, and the second container of its pod is not ready."""

    truth = Truth(
        id="readiness-probe-failing",
        location={"namespace": "default", "pod": "pair-1"},
        destination="service:default/pair-1",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (Objects((BOTH, service("pair-1")), running=("pair-1",)), Event("pair-1", "Unhealthy"))
