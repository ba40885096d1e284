# SPDX-License-Identifier: GPL-3.0-or-later
"""kube-controller-manager does not run: nobody writes the endpoints of a new Service."""

from __future__ import annotations

from podnet_lab.changes import Frozen, Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import service, serving

# Of its name the kernel keeps fifteen characters.
CONTROLLERS = "kube-controller"


class FaultClass(Made):
    """kube-controller-manager does not run: nobody writes the endpoints of a new Service."""

    truth = Truth(
        id="service-no-endpoints",
        location={"namespace": "default", "service": "unserved-1"},
        destination="service:default/unserved-1",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    scene = (serving("unserved-1"),)
    changes = (Frozen("controller", CONTROLLERS), Objects((service("unserved-1"),)))
