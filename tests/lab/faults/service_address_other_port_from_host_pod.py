# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod on its node's network asks a Service's address for a port that it does not offer."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """A pod on its node's network asks a Service's address for a port that it does not offer."""

    truth = Truth(
        id="service-port-missing",
        location={"namespace": "default", "service": "web"},
        source="pod:default/agent-3",
        destination="<service:web>",
        port=8080,
    )
    modes = ("nftables",)
    traffic = Traffic("pod:default/agent-3", "<service:web>", 8080)
    born_broken = True
    changes = (Objects((pod("agent-3", "node-2", port=8095, hostNetwork=True),), ready=("agent-3",)),)
