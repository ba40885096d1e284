# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service prefers the pod of the client's own node, and that one does not serve."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """A Service prefers the pod of the client's own node, and that one does not serve."""

    truth = Truth(
        id="port-not-listening",
        location={"namespace": "default", "pod": "near-1"},
        destination="service:default/near",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    attempts = 10
    changes = (
        Objects(
            (
                pod("near-1", "node-1", ["sleep", "infinity"], labels={"app": "near"}),
                pod("near-2", "node-2", labels={"app": "near"}),
                service("near", trafficDistribution="PreferSameNode"),
            ),
            ready=("near-1", "near-2"),
        ),
    )
