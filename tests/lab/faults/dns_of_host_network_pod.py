# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod in its node's network has policy ClusterFirst, which means the node's DNS there."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod


class FaultClass(Made):
    """A pod in its node's network has policy ClusterFirst, which means the node's DNS there."""

    truth = Truth(
        id="dns-config-wrong",
        location={"namespace": "default", "pod": "host-1"},
        source="pod:default/host-1",
        destination="web.default.svc.cluster.local",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (Objects((pod("host-1", "node-1", command=["sleep", "infinity"], hostNetwork=True),), ready=("host-1",)),)
