# SPDX-License-Identifier: GPL-3.0-or-later
"""Another tunnel device of node-2 holds the port, so flannel.1 does not come up.

Public report: tkestack/tke#1279.
"""

from __future__ import annotations

from podnet_lab.changes import Frozen, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Another tunnel device of node-2 holds the port, so flannel.1 does not come up."""

    truth = Truth(
        id="device-down",
        location={"node": "node-2", "device": "flannel.1"},
        destination="pod:default/client-2",
        protocol="icmp",
    )
    changes = (
        Frozen("node-2", "flanneld", replaced=True),
        Run(
            "node-2",
            "ip link set flannel.1 down\nip link add cilium_vxlan type vxlan external dstport 8472\n"
            "ip link set cilium_vxlan up",
            "ip link del cilium_vxlan\nip link set flannel.1 up\n"
            "ip route replace 10.244.1.0/24 via 10.244.1.0 dev flannel.1 onlink",
        ),
    )
