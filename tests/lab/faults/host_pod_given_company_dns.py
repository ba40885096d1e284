# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod on its node's network is given the company's DNS, and asks for a Service."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod

GIVEN = pod(
    "host-5",
    "node-2",
    ["sleep", "infinity"],
    hostNetwork=True,
    dnsPolicy="None",
    dnsConfig={"nameservers": ["203.0.113.53"], "searches": ["svc.cluster.local"]},
)


class FaultClass(Made):
    """A pod on its node's network is given the company's DNS, and asks for a Service."""

    truth = Truth(
        id="dns-config-wrong",
        location={"namespace": "default", "pod": "host-5"},
        source="pod:default/host-5",
        destination="web.default",
        port=80,
    )
    modes = ("nftables",)
    born_broken = True
    changes = (Objects((GIVEN,), ready=("host-5",)),)
