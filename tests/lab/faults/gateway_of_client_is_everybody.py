# SPDX-License-Identifier: GPL-3.0-or-later
"""The client sends to its gateway by the address of all: the gateway takes pings so, and forwards nothing."""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The client sends to its gateway by the address of all: the gateway takes pings so, and forwards nothing."""

    truth = Truth(
        id="neighbour-failed",
        location={"node": "node-1", "namespace": "default", "pod": "client-1"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("nftables", "host-gw")
    changes = (
        in_pod(
            "client-1",
            "ip neigh replace 10.244.1.1 lladdr ff:ff:ff:ff:ff:ff dev eth0 nud permanent",
            "ip neigh del 10.244.1.1 dev eth0",
        ),
    )
