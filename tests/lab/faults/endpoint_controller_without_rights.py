# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller of slices has lost its right to write them: a new Service gets no endpoints."""

from __future__ import annotations

from podnet_lab.changes import Objects, Patched
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import service, serving

READS = {"apiGroups": [""], "resources": ["nodes", "pods", "services"], "verbs": ["get", "list", "watch"]}
WRITES = (
    {"apiGroups": [""], "resources": ["services/finalizers"], "verbs": ["update"]},
    {
        "apiGroups": ["discovery.k8s.io"],
        "resources": ["endpointslices"],
        "verbs": ["create", "delete", "get", "list", "update", "watch"],
    },
    {"apiGroups": ["", "events.k8s.io"], "resources": ["events"], "verbs": ["create", "patch", "update"]},
)


class FaultClass(Made):
    """The controller of slices has lost its right to write them: a new Service gets no endpoints."""

    truth = Truth(
        id="service-no-endpoints",
        location={"namespace": "default", "service": "orphan-2"},
        destination="service:default/orphan-2",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    scene = (serving("orphan-2"),)
    changes = (
        Patched(
            "clusterrole system:controller:endpointslice-controller",
            {"rules": [READS]},
            {"rules": [READS, *WRITES]},
            kind="merge",
        ),
        Objects((service("orphan-2"),)),
    )
