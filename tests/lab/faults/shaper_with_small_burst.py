# SPDX-License-Identifier: GPL-3.0-or-later
"""A shaper on the server's device takes no packet above 600 bytes."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """A shaper on the server's device takes no packet above 600 bytes."""

    truth = Truth(id="nic-drops", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    traffic = Traffic("pod:default/client-1", "<web-2>", protocol="icmp", size=1000)
    changes = (
        Run(
            "node-2",
            "tc qdisc add dev <web-2.veth> root tbf rate 1mbit burst 600 limit 3000",
            "tc qdisc del dev <web-2.veth> root",
        ),
    )
