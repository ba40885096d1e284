# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's own namespace has lost its routes."""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The client's own namespace has lost its routes."""

    truth = Truth(
        id="route-missing",
        location={"node": "node-1", "namespace": "default", "pod": "client-1"},
        destination="pod:default/client-2",
        protocol="icmp",
    )
    changes = (
        in_pod(
            "client-1",
            "ip route del default\nip route del 10.244.0.0/16",
            "ip route add default via 10.244.1.1\nip route add 10.244.0.0/16 via 10.244.1.1",
        ),
    )
