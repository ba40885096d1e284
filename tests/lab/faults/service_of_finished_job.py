# SPDX-License-Identifier: GPL-3.0-or-later
"""A server is run as a Job that has completed, and its Service has no pod any more."""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

JOB = {
    "apiVersion": "batch/v1",
    "kind": "Job",
    "metadata": {"name": "report", "namespace": "default"},
    "spec": {
        "template": {
            "metadata": {"labels": {"app": "report"}},
            "spec": pod("report", command=["sleep", "1"], restartPolicy="Never")["spec"],
        }
    },
}


class FaultClass(Made):
    """A server is run as a Job that has completed, and its Service has no pod any more."""

    truth = Truth(
        id="pod-not-ready",
        also=("service-no-ready-pods",),
        location={"namespace": "default"},
        destination="service:default/report",
        port=80,
    )
    modes = ("nftables",)
    born_broken = True
    changes = (Objects((JOB, service("report"))), Run("controller", "sleep 4"))
