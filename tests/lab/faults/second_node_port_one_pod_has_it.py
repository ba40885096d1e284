# SPDX-License-Identifier: GPL-3.0-or-later
"""Only one of two pods has the port of a Service's second node port, and drops what comes for it."""

from __future__ import annotations

from podnet_lab.changes import Objects, pod_rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

SERVES_BOTH = ["sh", "-c", "python3 -m http.server 8080 & exec python3 -m http.server 9090"]
PORTS = [{"name": "http", "containerPort": 8080}, {"name": "admin", "containerPort": 9090}]
BOTH = service("both", target="http", type="NodePort", nodePort=30190)
BOTH["spec"]["ports"].append({"name": "admin", "port": 81, "targetPort": "admin", "nodePort": 30191})
LABELS = {"app": "both"}


class FaultClass(Made):
    """Only one of two pods has the port of a Service's second node port, and drops what comes for it."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-2", "namespace": "default", "pod": "both-2"},
        source="host:outside",
        destination="node:node-1",
        port=30191,
    )
    modes = ("nftables",)
    scene = (
        Objects(
            (
                pod("both-1", "node-1", labels=LABELS),
                pod("both-2", "node-2", SERVES_BOTH, container={"ports": PORTS}, labels=LABELS),
                BOTH,
            ),
            ready=("both-1", "both-2"),
        ),
    )
    changes = (pod_rule("both-2", "filter INPUT -p tcp --dport 9090 -j DROP"),)
