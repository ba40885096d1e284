# SPDX-License-Identifier: GPL-3.0-or-later
"""The pods of a workload want a service account that nobody has made: none is made, and its Service is empty."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import deployment, service

SPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "staff"}}
WORK = deployment("desk", "staff")
WORK["spec"]["template"]["spec"]["serviceAccountName"] = "nobody"


class FaultClass(Made):
    """The pods of a workload want a service account that nobody has made: none is made, and its Service is empty."""

    truth = Truth(
        id="service-no-endpoints",
        location={"namespace": "staff", "service": "desk"},
        destination="service:staff/desk",
        port=80,
    )
    modes = ("iptables",)
    born_broken = True
    changes = (Objects((SPACE,)), Objects((WORK, service("desk", namespace="staff"))))
