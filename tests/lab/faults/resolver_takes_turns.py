# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod's resolver takes turns between cluster DNS and a server that knows no Service."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod
from podnet_lab.traffic import Traffic

RESOLVER = {
    "nameservers": ["10.96.0.10", "203.0.113.53"],
    "searches": ["default.svc.cluster.local", "svc.cluster.local", "cluster.local"],
    "options": [{"name": "ndots", "value": "5"}, {"name": "rotate"}],
}


class FaultClass(Made):
    """A pod's resolver takes turns between cluster DNS and a server that knows no Service."""

    truth = Truth(
        id="dns-config-wrong",
        location={"namespace": "default", "pod": "turns-1"},
        source="pod:default/turns-1",
        destination="web.default.svc.cluster.local",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    traffic = Traffic("pod:default/turns-1", "web.default.svc.cluster.local", 80, "name")
    attempts = 24
    lost = (3, 21)
    changes = (Objects((pod("turns-1", "node-1", dnsPolicy="None", dnsConfig=RESOLVER),), ready=("turns-1",)),)
