# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod waits for a scheduler that nobody runs."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """A pod waits for a scheduler that nobody runs."""

    truth = Truth(
        id="pod-not-ready",
        location={"namespace": "default", "pod": "waiting-1"},
        destination="service:default/waiting-1",
        port=80,
    )
    modes = ("iptables",)
    born_broken = True
    changes = (Objects((pod("waiting-1", nodeName=None, schedulerName="gang-scheduler"), service("waiting-1"))),)
