# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod asks for a Service of another namespace by its short name."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Ready
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod
from podnet_lab.traffic import Traffic

VISITOR = pod("visitor-1", "node-1", command=["sleep", "infinity"])
VISITOR["metadata"]["namespace"] = "elsewhere"


class FaultClass(Made):
    """A pod asks for a Service of another namespace by its short name."""

    truth = Truth(id="dns-name-missing", source="pod:elsewhere/visitor-1", destination="web", port=80)
    modes = ("iptables", "nftables")
    born_broken = True
    traffic = Traffic("pod:elsewhere/visitor-1", "web", 80, "name")
    changes = (
        Objects(({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "elsewhere"}},)),
        Objects((VISITOR,)),
        Ready("visitor-1", "elsewhere"),
    )
