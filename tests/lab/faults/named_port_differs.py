# SPDX-License-Identifier: GPL-3.0-or-later
"""One of a Service's pods gives the port's name to a port that it does not serve."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """One of a Service's pods gives the port's name to a port that it does not serve."""

    truth = Truth(
        id="port-not-listening",
        location={"namespace": "default", "pod": "named-2"},
        destination="service:default/named",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    attempts = 24
    lost = (3, 22)
    changes = (
        Objects(
            (
                pod("named-1", labels={"app": "named"}),
                pod("named-2", labels={"app": "named"}, container={"ports": [{"name": "http", "containerPort": 9090}]}),
                service("named", target="http"),
            ),
            ready=("named-1", "named-2"),
        ),
    )
