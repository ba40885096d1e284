# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller manager does not run: a new Service never gets endpoints."""

from __future__ import annotations

from podnet_lab.changes import Frozen, Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import service, serving


class FaultClass(Made):
    """The controller manager does not run: a new Service never gets endpoints."""

    truth = Truth(
        id="service-no-endpoints",
        location={"namespace": "default", "service": "orphan-1"},
        destination="service:default/orphan-1",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    scene = (serving("orphan-1"),)
    changes = (Frozen("controller", "kube-controller"), Objects((service("orphan-1"),)))
