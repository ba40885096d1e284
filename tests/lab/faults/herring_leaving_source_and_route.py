# SPDX-License-Identifier: GPL-3.0-or-later
"""The pod that asks is being deleted and still runs, and has a blackhole for the Services."""

from __future__ import annotations

from podnet_lab.changes import Objects, in_pod
from podnet_lab.cluster_changes import Leaving
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod

LEAVES = pod("leaves-3", "node-1", ["sh", "-c", "trap '' TERM; while true; do sleep 1; done"])
LEAVES["spec"]["terminationGracePeriodSeconds"] = 60


class FaultClass(Made):
    """The pod that asks is being deleted and still runs, and has a blackhole for the Services."""

    truth = Truth(
        id="route-blackhole",
        location={"node": "node-1", "namespace": "default", "pod": "leaves-3"},
        source="pod:default/leaves-3",
        destination="service:default/web",
        port=80,
    )
    modes = ("nftables",)
    scene = (Leaving(Objects((LEAVES,), ready=("leaves-3",)), "leaves-3"),)
    changes = (in_pod("leaves-3", "ip route add blackhole 10.96.0.0/12", "ip route del blackhole 10.96.0.0/12"),)
