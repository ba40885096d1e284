# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod knows the way to other pods only, and policy Local lets it see who asks."""

from __future__ import annotations

from podnet_lab.changes import Objects, in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """A pod knows the way to other pods only, and policy Local lets it see who asks."""

    truth = Truth(
        id="route-missing",
        location={"node": "node-2", "namespace": "default", "pod": "near-1"},
        source="host:outside",
        destination="node:node-2",
        port=30104,
    )
    modes = ("iptables", "host-gw")
    scene = (
        Objects(
            (pod("near-1"), service("near-1", type="NodePort", nodePort=30104, externalTrafficPolicy="Local")),
            ready=("near-1",),
        ),
    )
    changes = (in_pod("near-1", "ip route del default", "ip route replace default via 10.244.2.1 dev eth0"),)
