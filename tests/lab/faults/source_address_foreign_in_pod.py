# SPDX-License-Identifier: GPL-3.0-or-later
"""The client sends from a second address that no node knows."""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The client sends from a second address that no node knows."""

    truth = Truth(
        id="source-address-wrong",
        location={"node": "node-1", "namespace": "default", "pod": "client-1"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    changes = (
        in_pod(
            "client-1",
            "ip addr add 10.99.0.5/32 dev eth0\nip route replace default via 10.244.1.1 dev eth0 src 10.99.0.5",
            "ip route replace default via 10.244.1.1 dev eth0\nip addr del 10.99.0.5/32 dev eth0",
        ),
    )
