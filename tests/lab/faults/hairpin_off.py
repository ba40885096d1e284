# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod cannot reach its own Service: the port of the bridge does not send back."""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """A pod cannot reach its own Service: the port of the bridge does not send back."""

    truth = Truth(
        id="hairpin-mode-off",
        location={"node": "node-2"},
        source="pod:default/self-1",
        destination="service:default/self-1",
        port=80,
    )
    modes = ("iptables", "nftables")
    scene = (Objects((pod("self-1"), service("self-1")), ready=("self-1",)),)
    changes = (
        Run("node-2", "bridge link set dev <self-1.veth> hairpin off", "bridge link set dev <self-1.veth> hairpin on"),
    )
