# SPDX-License-Identifier: GPL-3.0-or-later
"""The server marks what its socket sends, and a rule of its namespace throws marked packets away."""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import http_server_with, serving


class FaultClass(Made):
    """The server marks what its socket sends, and a rule of its namespace throws marked packets away."""

    truth = Truth(
        id="policy-route-diverts",
        location={"node": "node-2", "namespace": "default", "pod": "marker-1"},
        destination="pod:default/marker-1",
        port=8080,
    )
    modes = ("iptables", "nftables")
    scene = (
        serving(
            "marker-1",
            command=http_server_with("SO_MARK", 0x4D),
            container={"securityContext": {"capabilities": {"add": ["NET_ADMIN"]}}},
        ),
    )
    changes = (in_pod("marker-1", "ip rule add pref 40 fwmark 0x4d blackhole", "ip rule del pref 40"),)
