# SPDX-License-Identifier: GPL-3.0-or-later
"""Only one of two pods has the port that a Service names, and the other one is not its endpoint."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

LABELS = {"app": "named"}
OTHER = {"ports": [{"name": "other", "containerPort": 9999}]}


class FaultClass(Made):
    """Only one of two pods has the port that a Service names, and the other one is not its endpoint."""

    truth = Truth(id="", destination="service:default/named", port=80)
    modes = ("nftables",)
    born_broken = True
    changes = (
        Objects(
            (
                pod("named-4", "node-1", labels=LABELS, container=OTHER),
                pod("named-5", "node-2", labels=LABELS),
                service("named", target="http"),
            ),
            ready=("named-4", "named-5"),
        ),
    )
