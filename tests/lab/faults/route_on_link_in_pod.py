# SPDX-License-Identifier: GPL-3.0-or-later
"""The client takes the pods of node-2 for neighbours on its own wire."""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The client takes the pods of node-2 for neighbours on its own wire."""

    truth = Truth(
        id="route-wrong",
        location={"node": "node-1", "namespace": "default", "pod": "client-1"},
        destination="pod:default/client-2",
        protocol="icmp",
    )
    changes = (
        in_pod(
            "client-1",
            "ip route add 10.244.2.0/24 dev eth0 scope link",
            "ip route del 10.244.2.0/24 dev eth0 scope link",
        ),
    )
