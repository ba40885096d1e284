# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller manager is stopped while a Service's only pod is replaced: its slice has the address before."""

from __future__ import annotations

from podnet_lab.changes import Frozen, Objects
from podnet_lab.cluster_changes import Gone
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """The controller manager is stopped while a Service's only pod is replaced: its slice has the address before."""

    truth = Truth(
        id="endpoint-address-unknown",
        location={"namespace": "default", "service": "moved"},
        destination="service:default/moved",
        port=80,
    )
    modes = ("nftables",)
    scene = (Objects((service("moved"),)), Objects((pod("moved-1", labels={"app": "moved"}),), ready=("moved-1",)))
    changes = (
        Frozen("controller", "kube-controller"),
        Gone(Objects((pod("moved-1", labels={"app": "moved"}),), ready=("moved-1",))),
        Objects((pod("moved-2", labels={"app": "moved"}),), ready=("moved-2",)),
    )
