# SPDX-License-Identifier: GPL-3.0-or-later
"""Service addresses are on a device of node-1, and a host port of the same number takes their connections."""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod

PORTS = [{"name": "web", "containerPort": 8443, "hostPort": 80}]


class FaultClass(Made):
    """Service addresses are on a device of node-1, and a host port of the same number takes their connections."""

    truth = Truth(
        id="service-rules-bypassed",
        # The rule of the host port: what leads the packets past the Service is what leads them to where nobody listens.
        also=("redirect-target-missing",),
        location={"node": "node-1"},
        destination="service:default/web",
        port=80,
    )
    modes = ("iptables",)
    scene = (Objects((pod("edge-1", "node-1", container={"ports": PORTS}),), ready=("edge-1",)),)
    changes = (
        Run(
            "node-1",
            """iptables -w 10 -t nat -I PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
            ip link add kube-dummy-if type bridge
            ip address add <service:web>/32 dev kube-dummy-if
            ip address add 10.96.0.10/32 dev kube-dummy-if""",
            """ip link del kube-dummy-if
            iptables -w 10 -t nat -D PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT""",
        ),
    )
