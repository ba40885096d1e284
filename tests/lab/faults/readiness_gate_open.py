# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod waits for a readiness gate that nobody sets."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """A pod waits for a readiness gate that nobody sets."""

    truth = Truth(
        id="pod-not-ready",
        location={"namespace": "default", "pod": "gated-1"},
        destination="service:default/gated-1",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (
        Objects(
            (pod("gated-1", readinessGates=[{"conditionType": "lb.example/attached"}]), service("gated-1")),
            running=("gated-1",),
        ),
    )
