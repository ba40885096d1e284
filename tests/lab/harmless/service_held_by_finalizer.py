# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service is deleted and held by a finalizer of its load balancer: it serves as before."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import HeldObject
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """A Service is deleted and held by a finalizer of its load balancer: it serves as before."""

    truth = Truth(id="", destination="service:default/leaving", port=80)
    modes = ("nftables",)
    born_broken = True
    changes = (Objects((pod("leaving"), service("leaving")), ready=("leaving",)), HeldObject("service leaving"))
