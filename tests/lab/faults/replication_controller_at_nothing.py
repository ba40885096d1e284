# SPDX-License-Identifier: GPL-3.0-or-later
"""Behind a Service stands a ReplicationController, as old charts have it, and it was scaled to nothing."""

from __future__ import annotations

from podnet_lab.changes import Objects, Patched
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service
from podnet_lab.settled import Passes
from podnet_lab.traffic import Traffic

CONTROLLER = {
    "apiVersion": "v1",
    "kind": "ReplicationController",
    "metadata": {"name": "old-chart", "namespace": "default"},
    "spec": {
        "replicas": 1,
        "selector": {"app": "old-chart"},
        "template": {"metadata": {"labels": {"app": "old-chart"}}, "spec": pod("old-chart")["spec"]},
    },
}


class FaultClass(Made):
    """Behind a Service stands a ReplicationController, as old charts have it, and it was scaled to nothing."""

    truth = Truth(
        id="service-no-endpoints",
        location={"namespace": "default", "service": "old-chart"},
        destination="service:default/old-chart",
        port=80,
    )
    modes = ("nftables", "host-gw")
    scene = (
        Objects((CONTROLLER, service("old-chart"))),
        Passes(Traffic("pod:default/client-1", "<service:old-chart>", 80)),
    )
    changes = (Patched("replicationcontroller old-chart", {"spec": {"replicas": 0}}, {"spec": {"replicas": 1}}),)
