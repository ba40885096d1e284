# SPDX-License-Identifier: GPL-3.0-or-later
"""A sidecar that is an init container does not come up, and the application waits for it."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.config import IMAGE_PYTHON
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

SIDECAR = {
    "name": "proxy",
    "image": IMAGE_PYTHON,
    "imagePullPolicy": "IfNotPresent",
    "restartPolicy": "Always",
    "command": ["sleep", "infinity"],
    "startupProbe": {"exec": {"command": ["false"]}, "periodSeconds": 1, "failureThreshold": 300},
}


class FaultClass(Made):
    """A sidecar that is an init container does not come up, and the application waits for it."""

    truth = Truth(
        id="pod-not-ready",
        # The sidecar's own probe keeps the pod: each says it.
        also=("readiness-probe-failing", "container-not-ready"),
        location={"namespace": "default", "pod": "mesh-1"},
        destination="service:default/mesh-1",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (Objects((pod("mesh-1", initContainers=[SIDECAR]), service("mesh-1"))),)
