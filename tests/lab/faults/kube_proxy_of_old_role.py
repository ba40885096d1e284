# SPDX-License-Identifier: GPL-3.0-or-later
"""An old manifest wrote kube-proxy's role anew, without EndpointSlices: a fresh one on node-1 learns of none."""

from __future__ import annotations

from podnet_lab.changes import Objects, Patched
from podnet_lab.cluster_changes import PodOf
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import service, serving

WHAT = "clusterrole system:node-proxier"
READ = {"verbs": ["list", "watch"]}
OLD = [{"apiGroups": [""], "resources": ["services", "endpoints", "nodes"], **READ}]
NOW = [
    {"apiGroups": [""], "resources": ["endpoints", "services"], **READ},
    {"apiGroups": [""], "resources": ["nodes"], "verbs": ["get", "list", "watch"]},
    {"apiGroups": ["", "events.k8s.io"], "resources": ["events"], "verbs": ["create", "patch", "update"]},
    {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], **READ},
    {"apiGroups": ["networking.k8s.io"], "resources": ["servicecidrs"], **READ},
]
PROXY = ("node-1", "k8s-app=kube-proxy", "kube-system")


class FaultClass(Made):
    """An old manifest wrote kube-proxy's role anew, without EndpointSlices: a fresh one on node-1 learns of none."""

    truth = Truth(
        id="kube-proxy-rules-stale", location={"node": "node-1"}, destination="service:default/late-1", port=80
    )
    modes = ("nftables",)
    born_broken = True
    settle_seconds = 60
    scene = (serving("late-1"),)
    changes = (
        PodOf(*PROXY),
        Patched(WHAT, {"rules": OLD}, {"rules": NOW}, kind="merge"),
        PodOf(*PROXY, after=False),
        Objects((service("late-1"),)),
    )
