# SPDX-License-Identifier: GPL-3.0-or-later
"""A node port for UDP with policy Local is asked at a node that has none of its pods."""

from __future__ import annotations

from podnet_lab.changes import Objects, Patched
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import echo_server, pod, service


class FaultClass(Made):
    """A node port for UDP with policy Local is asked at a node that has none of its pods."""

    truth = Truth(
        id="service-external-traffic-local",
        location={"namespace": "default", "service": "syslog-1"},
        source="host:outside",
        destination="node:node-1",
        port=30195,
        protocol="udp",
    )
    modes = ("nftables", "host-gw")
    scene = (
        Objects(
            (
                pod("syslog-1", command=echo_server(9000), port=9000),
                service("syslog-1", port=9000, target=9000, protocol="UDP", type="NodePort", nodePort=30195),
            ),
            ready=("syslog-1",),
        ),
    )
    changes = (
        Patched(
            "service syslog-1",
            {"spec": {"externalTrafficPolicy": "Local"}},
            {"spec": {"externalTrafficPolicy": "Cluster"}},
        ),
    )
