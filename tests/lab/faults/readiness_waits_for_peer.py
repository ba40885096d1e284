# SPDX-License-Identifier: GPL-3.0-or-later
"""A headless Service publishes no pod that is not ready, and this one needs its own name to become ready
(kubernetes/kubernetes#66234).
"""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, readiness, service


class FaultClass(Made):
    """A headless Service publishes no pod that is not ready, and this one needs its own name to become ready."""

    truth = Truth(
        id="readiness-probe-failing",
        explains=(),
        location={"namespace": "default", "pod": "db-0"},
        destination="db-0.db.default.svc.cluster.local",
        port=8080,
    )
    born_broken = True
    changes = (
        Objects(
            (
                pod("db-0", labels={"app": "db"}, container=readiness(8081), hostname="db-0", subdomain="db"),
                service("db", port=8080, clusterIP="None"),
            ),
            running=("db-0",),
        ),
    )
