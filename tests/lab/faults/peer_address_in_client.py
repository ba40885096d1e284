# SPDX-License-Identifier: GPL-3.0-or-later
"""An address of the client's device has the server for the other end of its wire."""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """An address of the client's device has the server for the other end of its wire."""

    truth = Truth(
        id="route-wrong",
        location={"node": "node-1", "namespace": "default", "pod": "client-1"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables", "host-gw")
    changes = (
        in_pod(
            "client-1",
            "ip addr add 10.99.0.1 peer <web-2>/32 dev eth0",
            "ip addr del 10.99.0.1 peer <web-2>/32 dev eth0",
        ),
    )
