# SPDX-License-Identifier: GPL-3.0-or-later
"""A proxy of a database takes connections, finds no server behind it, and closes them."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service
from podnet_lab.servers import CLOSES_SOON, server
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """A proxy of a database takes connections, finds no server behind it, and closes them."""

    truth = Truth(
        id="backend-unhealthy",
        location={"namespace": "default", "pod": "proxy-1"},
        destination="service:default/proxy",
        port=5432,
    )
    modes = ("iptables", "host-gw")
    born_broken = True
    traffic = Traffic("pod:default/client-1", "<service:proxy>", 5432, size=10)
    changes = (
        Objects(
            (pod("proxy-1", command=server(CLOSES_SOON), labels={"app": "proxy"}), service("proxy", port=5432)),
            ready=("proxy-1",),
        ),
    )
