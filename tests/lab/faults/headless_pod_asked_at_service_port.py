# SPDX-License-Identifier: GPL-3.0-or-later
"""A StatefulSet's pod is asked by its name on the port of its headless Service, and listens on the target port."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """A StatefulSet's pod is asked by its name on the port of its headless Service, and listens on the target port."""

    truth = Truth(
        id="service-target-port-mismatch",
        location={"namespace": "default", "service": "shards"},
        destination="shard-0.shards.default.svc.cluster.local",
        port=80,
    )
    modes = ("nftables", "host-gw")
    born_broken = True
    changes = (
        Objects(
            (
                pod("shard-0", labels={"app": "shards"}, hostname="shard-0", subdomain="shards"),
                service("shards", clusterIP="None"),
            ),
            ready=("shard-0",),
        ),
    )
