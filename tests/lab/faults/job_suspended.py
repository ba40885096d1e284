# SPDX-License-Identifier: GPL-3.0-or-later
"""A server is run as a Job that somebody suspended: it has no pod, and its Service no endpoint."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.config import IMAGE_PYTHON
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import http_server, service

CONTAINER = {"name": "app", "image": IMAGE_PYTHON, "imagePullPolicy": "IfNotPresent", "command": http_server()}
JOB = {
    "apiVersion": "batch/v1",
    "kind": "Job",
    "metadata": {"name": "night", "namespace": "default"},
    "spec": {
        "suspend": True,
        "template": {
            "metadata": {"labels": {"app": "night"}},
            "spec": {"restartPolicy": "Never", "containers": [CONTAINER]},
        },
    },
}


class FaultClass(Made):
    """A server is run as a Job that somebody suspended: it has no pod, and its Service no endpoint."""

    truth = Truth(
        id="service-no-endpoints",
        location={"namespace": "default", "service": "night"},
        destination="service:default/night",
        port=80,
    )
    modes = ("nftables", "host-gw")
    born_broken = True
    changes = (Objects((JOB, service("night"))),)
