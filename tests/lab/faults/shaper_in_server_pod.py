# SPDX-License-Identifier: GPL-3.0-or-later
"""A shaper in the server's own namespace holds a few packets and empties slowly."""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """A shaper in the server's own namespace holds a few packets and empties slowly."""

    truth = Truth(
        id="nic-drops",
        location={"node": "node-2", "pod": "<web-2.name>"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    traffic = Traffic("pod:default/client-1", "<web-2>", 8080, seconds=0.9)
    attempts = 60
    lost = (2, 58)
    changes = (
        in_pod(
            "web-2", "tc qdisc add dev eth0 root tbf rate 64kbit burst 1600 limit 1500", "tc qdisc del dev eth0 root"
        ),
    )
