# SPDX-License-Identifier: GPL-3.0-or-later
"""A namespace allows its containers less memory than the workload behind a Service wants."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import deployment, service
from podnet_lab.traffic import Traffic

WHERE = {"name": "narrow-1", "namespace": "narrow"}
LIMIT = {
    "apiVersion": "v1",
    "kind": "LimitRange",
    "metadata": WHERE,
    "spec": {"limits": [{"type": "Container", "max": {"memory": "16Mi"}}]},
}
WORKLOAD = deployment("narrow-1", "narrow", container={"resources": {"limits": {"memory": "64Mi"}}})


class FaultClass(Made):
    """A namespace allows its containers less memory than the workload behind a Service wants."""

    truth = Truth(
        id="service-no-endpoints",
        also=("service-selector-mismatch",),
        location={"namespace": "narrow", "service": "narrow-1"},
        destination="narrow-1.narrow",
        port=80,
    )
    modes = ("nftables",)
    traffic = Traffic("pod:default/client-1", "<service:narrow/narrow-1>", 80)
    born_broken = True
    changes = (
        Objects(({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "narrow"}}, LIMIT)),
        Objects((WORKLOAD, service("narrow-1", namespace="narrow"))),
    )
