# SPDX-License-Identifier: GPL-3.0-or-later
"""The pod that asks is not Ready, which harms nobody, and throws its own packets away."""

from __future__ import annotations

from podnet_lab.changes import Objects, pod_rule
from podnet_lab.cluster_changes import Event
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, readiness


class FaultClass(Made):
    """The pod that asks is not Ready, which harms nobody, and throws its own packets away."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-1", "namespace": "default", "pod": "asks-3"},
        source="pod:default/asks-3",
        destination="service:default/web",
        port=80,
    )
    modes = ("nftables",)
    scene = (
        Objects((pod("asks-3", "node-1", ["sleep", "infinity"], container=readiness(8081)),), running=("asks-3",)),
        Event("asks-3", "Unhealthy"),
    )
    changes = (pod_rule("asks-3", "mangle OUTPUT -p tcp --dport 80 -j DROP"),)
