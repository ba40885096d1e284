# SPDX-License-Identifier: GPL-3.0-or-later
"""kube-controller-manager does not run: a new Deployment makes no pods, and its Service gets no endpoints."""

from __future__ import annotations

from podnet_lab.changes import Frozen, Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import deployment, service

# Of its name the kernel keeps fifteen characters.
CONTROLLERS = "kube-controller"


class FaultClass(Made):
    """kube-controller-manager does not run: a new Deployment makes no pods, and its Service gets no endpoints."""

    truth = Truth(
        id="service-no-endpoints",
        location={"namespace": "default", "service": "rolled-1"},
        destination="service:default/rolled-1",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (Frozen("controller", CONTROLLERS), Objects((deployment("rolled-1", "default"), service("rolled-1"))))
