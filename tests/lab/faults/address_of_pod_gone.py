# SPDX-License-Identifier: GPL-3.0-or-later
"""The server has lost its address: its device is up, and answers nobody."""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The server has lost its address: its device is up, and answers nobody."""

    truth = Truth(
        id="address-missing",
        location={"node": "node-2", "namespace": "default", "pod": "client-2"},
        destination="pod:default/client-2",
        protocol="icmp",
    )
    modes = ("iptables", "host-gw")
    changes = (
        in_pod(
            "client-2",
            "ip addr del <client-2>/24 dev eth0",
            "ip addr replace <client-2>/24 brd + dev eth0\nip route replace default via 10.244.2.1 dev eth0",
        ),
    )
