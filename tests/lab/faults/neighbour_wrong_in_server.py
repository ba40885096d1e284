# SPDX-License-Identifier: GPL-3.0-or-later
"""The server has a wrong MAC address for its gateway: questions arrive, answers do not leave."""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The server has a wrong MAC address for its gateway: questions arrive, answers do not leave."""

    truth = Truth(
        id="neighbour-failed",
        location={"node": "node-2", "namespace": "default", "pod": "client-2"},
        destination="pod:default/client-2",
        protocol="icmp",
    )
    modes = ("iptables", "host-gw")
    changes = (
        in_pod(
            "client-2",
            "ip neigh replace 10.244.2.1 lladdr 02:00:00:00:00:99 dev eth0 nud permanent",
            "ip neigh del 10.244.2.1 dev eth0",
        ),
    )
