# SPDX-License-Identifier: GPL-3.0-or-later
"""The second port of a Service names a target port that its pods do not have; the first one works."""

from __future__ import annotations

from podnet_lab.changes import Objects, Patched
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

DUAL = service("dual-1")
DUAL["spec"]["ports"].append({"name": "metrics", "port": 9090, "targetPort": "http", "protocol": "TCP"})


class FaultClass(Made):
    """The second port of a Service names a target port that its pods do not have; the first one works."""

    truth = Truth(
        id="service-target-port-mismatch",
        location={"namespace": "default", "service": "dual-1"},
        destination="service:default/dual-1",
        port=9090,
    )
    modes = ("nftables",)
    scene = (Objects((pod("dual-1"), DUAL), ready=("dual-1",)),)
    changes = (
        Patched(
            "service dual-1",
            [{"op": "replace", "path": "/spec/ports/1/targetPort", "value": "metrics"}],
            [{"op": "replace", "path": "/spec/ports/1/targetPort", "value": "http"}],
            "json",
        ),
    )
