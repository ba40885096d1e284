# SPDX-License-Identifier: GPL-3.0-or-later
"""Of three nodes with a pod of a Service one has a blackhole for the client's network."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import trio


class FaultClass(Made):
    """Of three nodes with a pod of a Service one has a blackhole for the client's network."""

    truth = Truth(id="route-blackhole", location={"node": "node-3"}, destination="service:default/trio", port=80)
    modes = ("three",)
    attempts = 30
    lost = (3, 20)
    scene = (trio(),)
    changes = (
        Run(
            "node-3",
            "ip route add blackhole 10.244.1.0/25\nip route add blackhole 10.244.1.128/25",
            "ip route del blackhole 10.244.1.0/25\nip route del blackhole 10.244.1.128/25",
        ),
    )
