# SPDX-License-Identifier: GPL-3.0-or-later
"""A route in the client's pod allows one segment of a hundred bytes."""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A route in the client's pod allows one segment of a hundred bytes."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("host-gw",)
    changes = (
        in_pod(
            "client-1",
            "ip route replace default via 10.244.1.1 dev eth0 advmss 300 initcwnd 1",
            "ip route replace default via 10.244.1.1 dev eth0",
        ),
    )
