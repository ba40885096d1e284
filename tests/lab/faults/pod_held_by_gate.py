# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod has a scheduling gate that nobody opens."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

GATES = [{"name": "example.com/quota-checked"}]


class FaultClass(Made):
    """A pod has a scheduling gate that nobody opens."""

    truth = Truth(
        id="pod-not-ready",
        location={"namespace": "default", "pod": "gated-1"},
        destination="service:default/gated-1",
        port=80,
    )
    modes = ("nftables",)
    born_broken = True
    changes = (Objects((pod("gated-1", nodeName=None, schedulingGates=GATES), service("gated-1"))),)
