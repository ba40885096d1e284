# SPDX-License-Identifier: GPL-3.0-or-later
"""The CNI configuration of node-1 gives new pods no default route: they reach pods, and no Service."""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod


class FaultClass(Made):
    """The CNI configuration of node-1 gives new pods no default route: they reach pods, and no Service."""

    truth = Truth(
        id="route-missing",
        location={"node": "node-1", "namespace": "default", "pod": "asker-3"},
        source="pod:default/asker-3",
        destination="service:default/web",
        port=80,
    )
    born_broken = True
    changes = (
        Run(
            "node-1",
            """cp /etc/cni/net.d/10-flannel.conflist /run/10-flannel.conflist
            sed -i 's/"isDefaultGateway": true/"isDefaultGateway": false/' /etc/cni/net.d/10-flannel.conflist
            sleep 1""",
            "cp /run/10-flannel.conflist /etc/cni/net.d/10-flannel.conflist",
        ),
        Objects((pod("asker-3", "node-1"),), ready=("asker-3",)),
    )
