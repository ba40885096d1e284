# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod names a DNS server that is not there."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod


class FaultClass(Made):
    """A pod names a DNS server that is not there."""

    truth = Truth(
        id="dns-config-wrong",
        location={"namespace": "default", "pod": "lost-1"},
        source="pod:default/lost-1",
        destination="web.default.svc.cluster.local",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (
        Objects(
            (pod("lost-1", "node-1", dnsPolicy="None", dnsConfig={"nameservers": ["10.96.0.99"]}),), ready=("lost-1",)
        ),
    )
