# SPDX-License-Identifier: GPL-3.0-or-later
"""The client has a wrong MAC address for its gateway."""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The client has a wrong MAC address for its gateway."""

    truth = Truth(
        id="neighbour-failed",
        location={"node": "node-1", "namespace": "default", "pod": "client-1"},
        destination="pod:default/client-2",
        protocol="icmp",
    )
    changes = (
        in_pod(
            "client-1",
            "ip neigh replace 10.244.1.1 lladdr 02:00:5e:00:53:98 dev eth0 nud permanent",
            "ip neigh del 10.244.1.1 dev eth0",
        ),
    )
