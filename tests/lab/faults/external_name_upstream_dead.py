# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service stands for a name outside, and the server of that name's zone is gone."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.dns_responder import forwarded
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """A Service stands for a name outside, and the server of that name's zone is gone."""

    truth = Truth(
        id="dns-upstream-failing",
        location={"namespace": "kube-system"},
        destination="db.default.svc.cluster.local",
        port=22,
    )
    changes_pods = True
    traffic = Traffic("pod:default/client-1", "db.default.svc.cluster.local.", 22, "name")
    scene = (
        Objects(
            (
                {
                    "apiVersion": "v1",
                    "kind": "Service",
                    "metadata": {"name": "db", "namespace": "default"},
                    "spec": {"type": "ExternalName", "externalName": "outside.lab.example"},
                },
            )
        ),
    )
    changes = (forwarded("outside.lab.example", "203.0.113.99"),)
