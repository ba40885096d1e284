# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service that only stands for a name says a target port, which nobody translates to.

Public report: traefik/traefik#1816, projectcontour/contour#2821.
"""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic

DB = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "db", "namespace": "default"},
    "spec": {
        "type": "ExternalName",
        "externalName": "outside.lab.example",
        "ports": [{"name": "main", "port": 5432, "targetPort": 22, "protocol": "TCP"}],
    },
}


class FaultClass(Made):
    """A Service that only stands for a name says a target port, which nobody translates to."""

    truth = Truth(
        id="service-target-port-mismatch",
        location={"namespace": "default", "service": "db"},
        destination="service:default/db",
        port=5432,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    traffic = Traffic("pod:default/client-1", "db.default.svc.cluster.local", 5432)
    changes = (Objects((DB,)),)
