# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod's subdomain is not the name of its headless Service."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """A pod's subdomain is not the name of its headless Service."""

    truth = Truth(
        id="dns-name-missing",
        location={"namespace": "default"},
        destination="db-0.dbs.default.svc.cluster.local",
        port=8080,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (
        Objects(
            (
                pod("db-0", hostname="db-0", subdomain="db", labels={"app": "dbs"}),
                service("dbs", clusterIP="None", port=8080),
            ),
            ready=("db-0",),
        ),
    )
