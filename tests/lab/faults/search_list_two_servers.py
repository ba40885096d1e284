# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod has a second DNS server that nobody reaches, and searches a domain whose own server is gone."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.dns_responder import forwarded
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.programs import NamesSoon
from podnet_lab.scene import pod

DNS = {
    "nameservers": ["10.96.0.10", "203.0.113.99"],
    "searches": ["default.svc.cluster.local", "svc.cluster.local", "cluster.local", "corp.example"],
    "options": [{"name": "ndots", "value": "5"}],
}


class FaultClass(Made):
    """A pod has a second DNS server that nobody reaches, and searches a domain whose own server is gone."""

    truth = Truth(
        id="dns-upstream-failing",
        also=("dns-search-ndots",),
        location={"namespace": "kube-system"},
        source="pod:default/two-1",
        destination="web.default.svc.cluster.local",
        port=80,
    )
    changes_pods = True
    scene = (Objects((pod("two-1", "node-1", dnsPolicy="None", dnsConfig=DNS),), ready=("two-1",)),)
    traffic = NamesSoon("pod:default/two-1", "web.default.svc.cluster.local", 80, seconds=3.0)
    changes = (forwarded("corp.example", "203.0.113.98"),)
