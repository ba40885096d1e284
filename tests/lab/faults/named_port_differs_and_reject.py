# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service leads by a port's name, which two pods give to different ports; one of them drops its own."""

from __future__ import annotations

from podnet_lab.changes import Objects, pod_rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import http_server, pod, service

LABELS = {"app": "mixed"}
OTHER = {"ports": [{"name": "api", "containerPort": 9090}]}
FIRST = {"ports": [{"name": "api", "containerPort": 8080}]}


class FaultClass(Made):
    """A Service leads by a port's name, which two pods give to different ports; one of them drops its own."""

    truth = Truth(
        id="netfilter-reject",
        location={"node": "node-2", "namespace": "default", "pod": "mixed-2"},
        destination="mixed.default.svc.cluster.local",
        port=80,
    )
    modes = ("nftables",)
    attempts = 24
    lost = (3, 22)
    scene = (
        Objects(
            (
                pod("mixed-1", "node-1", labels=LABELS, container=FIRST),
                pod("mixed-2", "node-2", http_server(9090), labels=LABELS, container=OTHER),
                service("mixed", target="api"),
            ),
            ready=("mixed-1", "mixed-2"),
        ),
    )
    changes = (pod_rule("mixed-2", "filter INPUT -p tcp --dport 9090 -j REJECT --reject-with icmp-port-unreachable"),)
