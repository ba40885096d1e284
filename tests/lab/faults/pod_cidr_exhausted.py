# SPDX-License-Identifier: GPL-3.0-or-later
"""Every address of node-2's pod CIDR is reserved, by containers that died with the node.

Public report: containernetworking/plugins#252.
"""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.cluster_changes import Event
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod


class FaultClass(Made):
    """Every address of node-2's pod CIDR is reserved, by containers that died with the node."""

    truth = Truth(id="pod-cidr-exhausted", location={"node": "node-2"}, destination="pod:default/late-1", port=8080)
    born_broken = True
    changes = (
        Run(
            "node-2",
            "sh -c 'cd /var/lib/cni/networks/cbr0 && for i in $(seq 2 254); do "
            "[ -e 10.244.2.$i ] || echo gone > 10.244.2.$i; done'",
            "sh -c 'cd /var/lib/cni/networks/cbr0 && grep -lx gone 10.244.2.* | xargs -r rm'",
        ),
        Objects((pod("late-1"),)),
        Event("late-1", "FailedCreatePodSandBox"),
    )
