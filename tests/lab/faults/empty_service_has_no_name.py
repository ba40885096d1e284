# SPDX-License-Identifier: GPL-3.0-or-later
"""Cluster DNS is told to ignore Services without endpoints, and the pod of one fails its readiness probe.

Public report: coredns/coredns#1809, #6210.
"""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Corefile
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, readiness, service


class FaultClass(Made):
    """Cluster DNS is told to ignore Services without endpoints, and the pod of one fails its readiness probe."""

    truth = Truth(
        id="readiness-probe-failing",
        location={"namespace": "default", "pod": "hidden-1"},
        destination="hidden-1.default.svc.cluster.local",
        port=80,
    )
    modes = ("iptables", "nftables")
    changes_pods = True
    born_broken = True
    changes = (
        Corefile("pods insecure", "pods insecure\n       ignore empty_service"),
        Objects((pod("hidden-1", container=readiness(8081)), service("hidden-1")), running=("hidden-1",)),
    )
