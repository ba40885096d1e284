# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's own loopback device has the Service's address."""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The client's own loopback device has the Service's address."""

    truth = Truth(
        id="duplicate-address",
        also=("route-wrong",),
        location={"node": "node-1", "namespace": "default", "pod": "client-1"},
        destination="service:default/web",
        port=80,
    )
    modes = ("iptables", "host-gw")
    changes = (in_pod("client-1", "ip address add <service:web>/32 dev lo", "ip address del <service:web>/32 dev lo"),)
