# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service of type ExternalName leads to a name that nobody knows."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """A Service of type ExternalName leads to a name that nobody knows."""

    truth = Truth(
        id="dns-name-missing",
        location={"namespace": "default", "service": "partner"},
        destination="service:default/partner",
        port=80,
    )
    born_broken = True
    traffic = Traffic("pod:default/client-1", "partner.default.svc.cluster.local", 80)
    changes = (
        Objects(
            (
                {
                    "apiVersion": "v1",
                    "kind": "Service",
                    "metadata": {"name": "partner", "namespace": "default"},
                    "spec": {"type": "ExternalName", "externalName": "nosuch.lab.example"},
                },
            )
        ),
    )
