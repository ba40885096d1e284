# SPDX-License-Identifier: GPL-3.0-or-later
"""A UDP Service keeps traffic on the node, and a program of a node without its pods asks it."""

from __future__ import annotations

from podnet_lab.changes import Objects, Patched
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import echo_server, pod, service


class FaultClass(Made):
    """A UDP Service keeps traffic on the node, and a program of a node without its pods asks it."""

    truth = Truth(
        id="service-internal-traffic-local",
        location={"namespace": "default", "service": "near-1"},
        source="node:node-1",
        destination="service:default/near-1",
        port=9000,
        protocol="udp",
    )
    modes = ("nftables", "host-gw")
    scene = (
        Objects(
            (
                pod("near-1", command=echo_server(9000), port=9000),
                service("near-1", port=9000, target=9000, protocol="UDP"),
            ),
            ready=("near-1",),
        ),
    )
    changes = (
        Patched(
            "service near-1",
            {"spec": {"internalTrafficPolicy": "Local"}},
            {"spec": {"internalTrafficPolicy": "Cluster"}},
        ),
    )
