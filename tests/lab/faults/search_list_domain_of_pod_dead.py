# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod searches a domain of its own, whose server is silent, before names are asked as they are."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.dns_responder import forwarded
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.programs import NamesSoon
from podnet_lab.scene import pod


class FaultClass(Made):
    """A pod searches a domain of its own, whose server is silent, before names are asked as they are."""

    truth = Truth(
        id="dns-upstream-failing",
        also=("dns-search-ndots",),
        location={"namespace": "kube-system"},
        source="pod:default/corp-1",
        destination="web.default.svc.cluster.local",
        port=80,
    )
    modes = ("iptables", "host-gw")
    changes_pods = True
    traffic = NamesSoon("pod:default/corp-1", "web.default.svc.cluster.local", 80, seconds=3.0)
    scene = (Objects((pod("corp-1", "node-1", dnsConfig={"searches": ["corp.example"]}),), ready=("corp-1",)),)
    changes = (forwarded("corp.example", "198.51.100.77"),)
