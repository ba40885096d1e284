# SPDX-License-Identifier: GPL-3.0-or-later
"""Cluster DNS refuses names outside the cluster, after which the C library asks for the name as it is."""

from __future__ import annotations

from podnet_lab.cluster_changes import Corefile
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """Cluster DNS refuses names outside the cluster, after which the C library asks for the name as it is."""

    truth = Truth(id="", destination="web.default.svc.cluster.local", port=80)
    changes_pods = True
    traffic = Traffic("pod:default/client-1", "web.default.svc.cluster.local", 80, "name")
    changes = (Corefile(".:53 {", "cluster.local:53 {"),)
