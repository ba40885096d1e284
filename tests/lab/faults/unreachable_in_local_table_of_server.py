# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's namespace has the client unreachable in its table of own addresses."""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The server's namespace has the client unreachable in its table of own addresses."""

    truth = Truth(
        id="route-blackhole",
        location={"node": "node-2", "namespace": "default", "pod": "<web-2.name>"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables", "host-gw")
    changes = (
        in_pod(
            "web-2",
            "ip route add unreachable <client-1>/32 table local",
            "ip route del unreachable <client-1>/32 table local",
        ),
    )
