# SPDX-License-Identifier: GPL-3.0-or-later
"""A liveness probe ends a program that takes a minute to start, again and again.

Public report: treeverse/charts#143, apache/camel-k#2173.
"""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Event
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import http_server, pod, service

SLOW = ["python3", "-c", "import time; time.sleep(60)\n" + http_server()[2]]
PROBE = {
    "livenessProbe": {"tcpSocket": {"port": 8080}, "initialDelaySeconds": 1, "periodSeconds": 1, "failureThreshold": 1}
}


class FaultClass(Made):
    """A liveness probe ends a program that takes a minute to start, again and again."""

    truth = Truth(
        id="container-not-ready",
        location={"namespace": "default", "pod": "slow-1"},
        destination="service:default/slow-1",
        port=80,
    )
    born_broken = True
    settle_seconds = 60
    changes = (Objects((pod("slow-1", command=SLOW, container=PROBE), service("slow-1"))), Event("slow-1", "BackOff"))
