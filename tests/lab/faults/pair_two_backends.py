# SPDX-License-Identifier: GPL-3.0-or-later
"""Of two endpoints one is an address of nobody, and the other one rejects."""

from __future__ import annotations

from podnet_lab.changes import Objects, pod_rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import endpoints, pod, service
from podnet_lab.truth import Cause

OLD = endpoints("duo-1", "10.244.2.250")
OLD["metadata"]["name"] = "duo-1-old"


class FaultClass(Made):
    """Of two endpoints one is an address of nobody, and the other one rejects."""

    truth = Truth(
        id="netfilter-reject",
        location={"node": "node-2", "namespace": "default", "pod": "duo-1"},
        second=Cause("endpoint-address-unknown", {"namespace": "default", "service": "duo-1"}),
        destination="service:default/duo-1",
        port=80,
    )
    modes = ("iptables", "nftables")
    attempts = 8
    scene = (Objects((pod("duo-1"), service("duo-1")), ready=("duo-1",)),)
    changes = (Objects((OLD,)), pod_rule("duo-1", "filter INPUT -p tcp --dport 8080 -j REJECT --reject-with tcp-reset"))
