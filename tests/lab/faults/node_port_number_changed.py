# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service was made anew with another node port, and the balancer outside keeps the number before.

Public report: kubernetes/kubernetes#103622, flexiant/kdeploy#18.
"""

from __future__ import annotations

from podnet_lab.changes import Objects, Patched
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


def port(number: int) -> list[dict[str, object]]:
    """The Service's port, with that node port."""
    return [{"op": "replace", "path": "/spec/ports/0/nodePort", "value": number}]


class FaultClass(Made):
    """A Service was made anew with another node port, and the balancer outside keeps the number before."""

    truth = Truth(
        id="port-not-listening",
        # Nothing of the node listens, and no Service has that number: both say it.
        also=("service-port-missing",),
        location={"node": "node-1"},
        source="host:outside",
        destination="node:node-1",
        port=30110,
    )
    modes = ("iptables", "nftables")
    scene = (Objects((pod("edge-1"), service("edge-1", type="NodePort", nodePort=30110)), ready=("edge-1",)),)
    changes = (Patched("service edge-1", port(30111), port(30110), "json"),)
