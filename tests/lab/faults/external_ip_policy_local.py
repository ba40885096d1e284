# SPDX-License-Identifier: GPL-3.0-or-later
"""An external address with traffic policy Local is asked at a node without endpoint."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """An external address with traffic policy Local is asked at a node without endpoint."""

    truth = Truth(
        id="service-external-traffic-local",
        location={"namespace": "default", "service": "extern-1"},
        source="host:outside",
        destination="node:node-1",
        port=8181,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (
        Objects(
            (pod("extern-1"), service("extern-1", port=8181, externalIPs=["<node-1>"], externalTrafficPolicy="Local")),
            ready=("extern-1",),
        ),
    )
