# SPDX-License-Identifier: GPL-3.0-or-later
"""A routing rule in the client's own namespace throws away UDP of port 53."""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A routing rule in the client's own namespace throws away UDP of port 53."""

    truth = Truth(
        id="policy-route-diverts",
        location={"node": "node-1", "namespace": "default", "pod": "client-1"},
        destination="web.default.svc.cluster.local",
        port=80,
    )
    modes = ("iptables", "host-gw")
    changes = (in_pod("client-1", "ip rule add pref 60 ipproto udp dport 53 blackhole", "ip rule del pref 60"),)
