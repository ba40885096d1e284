# SPDX-License-Identifier: GPL-3.0-or-later
"""One of two pods of a Service is not Ready, and nobody is sent there."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, readiness, service


class FaultClass(Made):
    """One of two pods of a Service is not Ready, and nobody is sent there."""

    truth = Truth(id="", destination="service:default/pairs", port=80)
    modes = ("nftables", "host-gw")
    scene = (Objects((pod("pairs-1", labels={"app": "pairs"}), service("pairs")), ready=("pairs-1",)),)
    changes = (
        Objects((pod("pairs-2", "node-1", labels={"app": "pairs"}, container=readiness(8099)),), running=("pairs-2",)),
    )
