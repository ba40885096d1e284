# SPDX-License-Identifier: GPL-3.0-or-later
"""The server has lost its routes: questions arrive, answers do not leave."""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The server has lost its routes: questions arrive, answers do not leave."""

    truth = Truth(
        id="route-missing",
        location={"node": "node-2", "namespace": "default", "pod": "client-2"},
        destination="pod:default/client-2",
        protocol="icmp",
    )
    changes = (
        in_pod(
            "client-2",
            "ip route del default\nip route del 10.244.0.0/16",
            "ip route replace default via 10.244.2.1 dev eth0\nip route replace 10.244.0.0/16 via 10.244.2.1 dev eth0",
        ),
    )
