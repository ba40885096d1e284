# SPDX-License-Identifier: GPL-3.0-or-later
"""A headless Service is asked without a port, and its pod drops what comes for the one that it has."""

from __future__ import annotations

from podnet_lab.changes import Objects, pod_rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """A headless Service is asked without a port, and its pod drops what comes for the one that it has."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-2", "namespace": "default", "pod": "db-0"},
        destination="service:default/db",
    )
    modes = ("iptables", "nftables")
    traffic = Traffic("pod:default/client-1", "db.default.svc.cluster.local", 8080)
    scene = (Objects((pod("db-0", labels={"app": "db"}), service("db", clusterIP="None", port=8080)), ready=("db-0",)),)
    changes = (pod_rule("db-0", "filter INPUT -p tcp --dport 8080 -j DROP"),)
