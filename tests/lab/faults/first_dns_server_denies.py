# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod asks the company's DNS before cluster DNS, and that one says of Services that there are none."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod

DENIED = pod(
    "denied-1",
    "node-1",
    dnsPolicy="None",
    dnsConfig={
        "nameservers": ["203.0.113.53", "<service:kube-system/kube-dns>"],
        "searches": ["default.svc.cluster.local", "svc.cluster.local", "cluster.local"],
        "options": [{"name": "ndots", "value": "5"}],
    },
)


class FaultClass(Made):
    """A pod asks the company's DNS before cluster DNS, and that one says of Services that there are none."""

    truth = Truth(
        id="dns-config-wrong",
        location={"namespace": "default", "pod": "denied-1"},
        source="pod:default/denied-1",
        destination="web",
        port=80,
    )
    modes = ("nftables",)
    born_broken = True
    changes = (Objects((DENIED,), ready=("denied-1",)),)
