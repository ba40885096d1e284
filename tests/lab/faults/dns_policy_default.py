# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod with dnsPolicy Default asks its node's server for a Service."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod


class FaultClass(Made):
    """A pod with dnsPolicy Default asks its node's server for a Service."""

    truth = Truth(
        id="dns-config-wrong",
        location={"namespace": "default", "pod": "plain-1"},
        source="pod:default/plain-1",
        destination="web.default.svc.cluster.local",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (Objects((pod("plain-1", "node-1", dnsPolicy="Default"),), ready=("plain-1",)),)
