# SPDX-License-Identifier: GPL-3.0-or-later
"""A readiness probe asks a port that the pod does not serve."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, readiness, service


class FaultClass(Made):
    """A readiness probe asks a port that the pod does not serve."""

    truth = Truth(
        id="readiness-probe-failing",
        location={"namespace": "default", "pod": "unready-1"},
        destination="service:default/unready-1",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (Objects((pod("unready-1", container=readiness(8081)), service("unready-1")), running=("unready-1",)),)
