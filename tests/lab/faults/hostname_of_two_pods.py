# SPDX-License-Identifier: GPL-3.0-or-later
"""Two pods have one host name under a headless Service; the nearer one, which resolvers prefer, serves nothing."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import echo_server, pod, service

LABELS = {"app": "twins"}
SAME = {"hostname": "first", "subdomain": "twins"}


class FaultClass(Made):
    """Two pods have one host name under a headless Service; the nearer one, which resolvers prefer, serves nothing."""

    truth = Truth(
        id="port-not-listening",
        location={"namespace": "default", "pod": "twin-1"},
        destination="first.twins.default.svc.cluster.local",
        port=9000,
        protocol="udp",
    )
    modes = ("nftables",)
    born_broken = True
    changes = (
        Objects(
            (
                pod("twin-1", "node-1", ["sleep", "infinity"], labels=LABELS, **SAME),
                pod("twin-2", "node-2", echo_server(9000), labels=LABELS, **SAME),
                service("twins", clusterIP="None", port=9000, protocol="UDP"),
            ),
            ready=("twin-1", "twin-2"),
        ),
    )
