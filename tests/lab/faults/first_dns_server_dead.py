# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod asks a server that is gone before it asks cluster DNS: every name takes seconds."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.programs import NamesSoon
from podnet_lab.scene import pod

SLOW = pod(
    "slowly-1",
    "node-1",
    dnsPolicy="None",
    dnsConfig={
        "nameservers": ["192.0.2.99", "<service:kube-system/kube-dns>"],
        "searches": ["default.svc.cluster.local", "svc.cluster.local", "cluster.local"],
        "options": [{"name": "ndots", "value": "5"}, {"name": "timeout", "value": "3"}],
    },
)


class FaultClass(Made):
    """A pod asks a server that is gone before it asks cluster DNS: every name takes seconds."""

    truth = Truth(
        id="dns-config-wrong",
        location={"namespace": "default", "pod": "slowly-1"},
        source="pod:default/slowly-1",
        destination="web.default.svc.cluster.local",
        port=80,
    )
    modes = ("nftables", "host-gw")
    born_broken = True
    traffic = NamesSoon("pod:default/slowly-1", "web.default.svc.cluster.local", 80, "name", seconds=2.0)
    changes = (Objects((SLOW,), ready=("slowly-1",)),)
