# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's routes let its packets live for one hop."""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The client's routes let its packets live for one hop."""

    truth = Truth(
        id="ttl-exceeded",
        location={"node": "node-1", "namespace": "default", "pod": "client-1"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    changes = (
        in_pod(
            "client-1",
            "ip route replace default via 10.244.1.1 dev eth0 hoplimit 1\n"
            "ip route replace 10.244.0.0/16 via 10.244.1.1 dev eth0 hoplimit 1",
            "ip route replace default via 10.244.1.1 dev eth0\nip route replace 10.244.0.0/16 via 10.244.1.1 dev eth0",
        ),
    )
