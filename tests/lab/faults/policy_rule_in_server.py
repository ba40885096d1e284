# SPDX-License-Identifier: GPL-3.0-or-later
"""A policy rule in the server's namespace refuses the client."""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A policy rule in the server's namespace refuses the client."""

    truth = Truth(
        id="policy-route-diverts",
        location={"node": "node-2", "namespace": "default", "pod": "client-2"},
        destination="pod:default/client-2",
        protocol="icmp",
    )
    modes = ("iptables", "host-gw")
    changes = (in_pod("client-2", "ip rule add pref 50 to <client-1>/32 prohibit", "ip rule del pref 50"),)
