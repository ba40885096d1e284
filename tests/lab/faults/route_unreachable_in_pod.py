# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's own namespace has a route that refuses the pods of node-2."""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The client's own namespace has a route that refuses the pods of node-2."""

    truth = Truth(
        id="route-blackhole",
        location={"node": "node-1", "namespace": "default", "pod": "client-1"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    changes = (in_pod("client-1", "ip route add unreachable 10.244.2.0/24", "ip route del unreachable 10.244.2.0/24"),)
