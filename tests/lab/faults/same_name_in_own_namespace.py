# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod's own namespace has a Service of the name that it means another one by, and it selects nothing."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Ready
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service
from podnet_lab.traffic import Traffic

VISITOR = pod("visitor-1", "node-1", command=["sleep", "infinity"])
VISITOR["metadata"]["namespace"] = "elsewhere"


class FaultClass(Made):
    """A pod's own namespace has a Service of the name that it means another one by, and it selects nothing."""

    truth = Truth(
        id="service-selector-mismatch",
        location={"namespace": "elsewhere", "service": "web"},
        source="pod:elsewhere/visitor-1",
        destination="web",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    traffic = Traffic("pod:elsewhere/visitor-1", "web", 80)
    changes = (
        Objects(({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "elsewhere"}},)),
        Objects((VISITOR, service("web", app="shop", namespace="elsewhere"))),
        Ready("visitor-1", "elsewhere"),
    )
