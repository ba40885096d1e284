# SPDX-License-Identifier: GPL-3.0-or-later
"""Endpoints that a person wrote are of those that are not mirrored: they elect a leader.

Public report: kubernetes/kubernetes#93157, kubernetes/website#48951.
"""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import old_endpoints, service, serving


class FaultClass(Made):
    """Endpoints that a person wrote are of those that are not mirrored: they elect a leader."""

    truth = Truth(
        id="service-no-endpoints",
        location={"namespace": "default", "service": "leader"},
        destination="service:default/leader",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    scene = (serving("leader-1"),)
    changes = (
        Objects(
            (
                service("leader", app=None),
                old_endpoints("leader", "<leader-1>", {"control-plane.alpha.kubernetes.io/leader": "{}"}),
            )
        ),
    )
