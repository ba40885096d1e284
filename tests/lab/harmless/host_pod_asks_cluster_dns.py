# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod on its node's network asks cluster DNS for a Service, and has an alias that is right."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod

HOST = pod(
    "host-6",
    "node-1",
    ["sleep", "infinity"],
    hostNetwork=True,
    dnsPolicy="ClusterFirstWithHostNet",
    hostAliases=[{"ip": "<service:web>", "hostnames": ["shop.example"]}],
)


class FaultClass(Made):
    """A pod on its node's network asks cluster DNS for a Service, and has an alias that is right."""

    truth = Truth(id="", source="pod:default/host-6", destination="web.default", port=80)
    modes = ("nftables",)
    scene = (Objects((HOST,), ready=("host-6",)),)
