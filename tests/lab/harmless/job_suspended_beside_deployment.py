# SPDX-License-Identifier: GPL-3.0-or-later
"""A suspended Job of the last migration has the labels that a Service selects, whose pods serve."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.config import IMAGE_PYTHON
from podnet_lab.faults import Truth
from podnet_lab.made import Made

CONTAINER = {"name": "app", "image": IMAGE_PYTHON, "imagePullPolicy": "IfNotPresent", "command": ["true"]}
JOB = {
    "apiVersion": "batch/v1",
    "kind": "Job",
    "metadata": {"name": "migrate", "namespace": "default"},
    "spec": {
        "suspend": True,
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"restartPolicy": "Never", "containers": [CONTAINER]},
        },
    },
}


class FaultClass(Made):
    """A suspended Job of the last migration has the labels that a Service selects, whose pods serve."""

    truth = Truth(id="", destination="service:default/web", port=80)
    modes = ("nftables", "host-gw")
    changes = (Objects((JOB,)),)
