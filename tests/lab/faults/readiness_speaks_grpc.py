# SPDX-License-Identifier: GPL-3.0-or-later
"""A readiness probe speaks gRPC to a server of plain HTTP."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Event
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

PROBE = {"readinessProbe": {"grpc": {"port": 8080}, "periodSeconds": 1, "failureThreshold": 1}}


class FaultClass(Made):
    """A readiness probe speaks gRPC to a server of plain HTTP."""

    truth = Truth(
        id="readiness-probe-failing",
        location={"namespace": "default", "pod": "plain-1"},
        destination="service:default/plain-1",
        port=80,
    )
    modes = ("nftables",)
    born_broken = True
    changes = (
        Objects((pod("plain-1", container=PROBE), service("plain-1")), running=("plain-1",)),
        Event("plain-1", "Unhealthy"),
    )
