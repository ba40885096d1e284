# SPDX-License-Identifier: GPL-3.0-or-later
"""The process by which containerd runs commands in a pod is stopped: its probe fails, and its server is well."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.containers import ShimStopped
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

PROBE = {"readinessProbe": {"exec": {"command": ["true"]}, "periodSeconds": 1, "failureThreshold": 1}}


class FaultClass(Made):
    """The process by which containerd runs commands in a pod is stopped: its probe fails, and its server is well."""

    truth = Truth(
        id="readiness-probe-failing",
        location={"namespace": "default", "pod": "held-1"},
        destination="service:default/held-1",
        port=80,
    )
    modes = ("nftables",)
    settle_seconds = 60
    scene = (Objects((pod("held-1", container=PROBE), service("held-1")), ready=("held-1",)),)
    changes = (ShimStopped("held-1"),)
