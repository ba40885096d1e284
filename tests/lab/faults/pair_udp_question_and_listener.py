# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops datagrams for a Service, behind which nobody listens any more."""

from __future__ import annotations

from podnet_lab.changes import Objects, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service
from podnet_lab.truth import Cause


class FaultClass(Made):
    """node-2 drops datagrams for a Service, behind which nobody listens any more."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-2"},
        second=Cause(
            "port-not-listening", {"namespace": "default", "pod": "echo-1"}, also=("service-target-port-mismatch",)
        ),
        destination="service:default/echo",
        port=5300,
        protocol="udp",
    )
    modes = ("nftables", "host-gw")
    born_broken = True
    changes = (
        Objects(
            (pod("echo-1", labels={"app": "echo"}), service("echo", port=5300, target=5353, protocol="UDP")),
            ready=("echo-1",),
        ),
        nft_chain("node-2", "inet", "forward", "ip daddr <echo-1> udp dport 5353 drop", "-140"),
    )
