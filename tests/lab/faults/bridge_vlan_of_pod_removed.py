# SPDX-License-Identifier: GPL-3.0-or-later
"""The bridge of node-2 filters by VLAN, and the port of the pod is in none."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The bridge of node-2 filters by VLAN, and the port of the pod is in none."""

    about = "The bridge of node-2 filters by VLAN, and the port of the pod is in none"
    truth = Truth(
        id="bridge-port-detached",
        location={"node": "node-2"},
        source="pod:default/client-1",
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("nftables", "host-gw")
    changes = (
        Run(
            "node-2",
            "ip link set cni0 type bridge vlan_filtering 1\nbridge vlan del vid 1 dev <web-2.veth>",
            "bridge vlan add vid 1 pvid untagged dev <web-2.veth>\nip link set cni0 type bridge vlan_filtering 0",
        ),
    )
