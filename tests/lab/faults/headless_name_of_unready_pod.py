# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod of a headless Service has no name while its readiness probe fails."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, readiness, service


class FaultClass(Made):
    """A pod of a headless Service has no name while its readiness probe fails."""

    truth = Truth(
        id="readiness-probe-failing",
        location={"namespace": "default", "pod": "db-0"},
        destination="db-0.db.default.svc.cluster.local",
        port=8080,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (
        Objects(
            (
                pod("db-0", hostname="db-0", subdomain="db", labels={"app": "db"}, container=readiness(8081)),
                service("db", clusterIP="None", port=8080),
            ),
            running=("db-0",),
        ),
    )
