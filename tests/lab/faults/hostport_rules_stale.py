# SPDX-License-Identifier: GPL-3.0-or-later
"""An old chain of a pod that is gone stands before that of the new pod.

Public report: containernetworking/plugins#683.
"""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import host_port_pod


class FaultClass(Made):
    """An old chain of a pod that is gone stands before that of the new pod."""

    truth = Truth(
        id="hostport-rules-stale",
        location={"node": "node-1"},
        source="host:outside",
        destination="node:node-1",
        port=8088,
    )
    modes = ("iptables", "nftables")
    scene = (host_port_pod(),)
    changes = (
        Run(
            "node-1",
            "iptables -t nat -N CNI-DN-0ld\n"
            "iptables -t nat -A CNI-DN-0ld -p tcp --dport 8088 -j DNAT --to-destination 10.244.1.250:8080\n"
            "iptables -t nat -I CNI-HOSTPORT-DNAT -p tcp --dport 8088 -j CNI-DN-0ld",
            "iptables -t nat -D CNI-HOSTPORT-DNAT -p tcp --dport 8088 -j CNI-DN-0ld\n"
            "iptables -t nat -F CNI-DN-0ld\niptables -t nat -X CNI-DN-0ld",
        ),
    )
