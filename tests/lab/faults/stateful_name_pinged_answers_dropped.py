# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod is pinged by the name that its headless Service gives it, and drops its own answers."""

from __future__ import annotations

from podnet_lab.changes import Objects, pod_rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """A pod is pinged by the name that its headless Service gives it, and drops its own answers."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-2", "namespace": "default", "pod": "db-0"},
        destination="db-0.db.default.svc.cluster.local",
        protocol="icmp",
    )
    modes = ("iptables", "nftables")
    scene = (
        Objects(
            (
                pod("db-0", hostname="db-0", subdomain="db", labels={"app": "db"}),
                service("db", clusterIP="None", port=8080),
            ),
            ready=("db-0",),
        ),
    )
    changes = (pod_rule("db-0", "filter OUTPUT -p icmp -j DROP"),)
