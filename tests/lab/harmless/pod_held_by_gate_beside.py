# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service has a pod that serves, and one that a scheduling gate still holds."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

GATES = [{"name": "example.com/quota-checked"}]
LABELS = {"app": "partly"}


class FaultClass(Made):
    """A Service has a pod that serves, and one that a scheduling gate still holds."""

    truth = Truth(id="", destination="service:default/partly", port=80)
    modes = ("nftables",)
    scene = (Objects((pod("partly-1", labels=LABELS), service("partly")), ready=("partly-1",)),)
    changes = (Objects((pod("partly-2", labels=LABELS, nodeName=None, schedulingGates=GATES),)),)
