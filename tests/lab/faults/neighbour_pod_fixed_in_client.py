# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod has a fixed wrong hardware address of the pod beside it; its gateway's is right."""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A pod has a fixed wrong hardware address of the pod beside it; its gateway's is right."""

    truth = Truth(
        id="neighbour-failed",
        location={"node": "node-2", "namespace": "default", "pod": "client-2"},
        source="pod:default/client-2",
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("nftables", "host-gw")
    changes = (
        in_pod(
            "client-2",
            "ip neigh replace <web-2> lladdr 02:00:5e:00:53:71 dev eth0 nud permanent",
            "ip neigh del <web-2> dev eth0",
        ),
    )
