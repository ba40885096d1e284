# SPDX-License-Identifier: GPL-3.0-or-later
"""A readiness probe names a port that the container has under another name."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Event
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

PROBE = {"readinessProbe": {"httpGet": {"path": "/", "port": "web"}, "periodSeconds": 1, "failureThreshold": 1}}


class FaultClass(Made):
    """A readiness probe names a port that the container has under another name."""

    truth = Truth(
        id="readiness-probe-failing",
        location={"namespace": "default", "pod": "named-3"},
        destination="service:default/named-3",
        port=80,
    )
    modes = ("nftables",)
    born_broken = True
    changes = (
        Objects((pod("named-3", container=PROBE), service("named-3")), running=("named-3",)),
        Event("named-3", "Unhealthy"),
    )
