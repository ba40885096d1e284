# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service of TCP names a port that its pod declares for UDP."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

PORTS = [{"name": "talk", "containerPort": 8080, "protocol": "UDP"}]
POD = pod("talk-1", container={"ports": PORTS})


class FaultClass(Made):
    """A Service of TCP names a port that its pod declares for UDP."""

    truth = Truth(
        id="service-target-port-mismatch",
        location={"namespace": "default", "service": "talk-1"},
        destination="service:default/talk-1",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (Objects((POD, service("talk-1", target="talk")), ready=("talk-1",)),)
