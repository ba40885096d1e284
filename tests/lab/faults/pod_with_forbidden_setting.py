# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod wants a kernel setting that its node's kubelet does not allow: it is turned away."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Phase
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

TUNED = {"sysctls": [{"name": "net.core.somaxconn", "value": "4096"}]}


class FaultClass(Made):
    """A pod wants a kernel setting that its node's kubelet does not allow: it is turned away."""

    truth = Truth(
        id="pod-not-ready",
        location={"namespace": "default", "pod": "tuned-1"},
        destination="service:default/tuned-1",
        port=80,
    )
    modes = ("nftables",)
    born_broken = True
    changes = (Objects((pod("tuned-1", securityContext=TUNED), service("tuned-1"))), Phase("tuned-1", "Failed"))
