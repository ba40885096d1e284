# SPDX-License-Identifier: GPL-3.0-or-later
"""A server of UDP is stopped by a signal: what comes waits in its queue."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.containers import Signalled
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import echo_server, pod, service


class FaultClass(Made):
    """A server of UDP is stopped by a signal: what comes waits in its queue."""

    truth = Truth(
        id="process-backlog-full",
        location={"namespace": "default", "pod": "silent-1"},
        source="pod:default/client-2",
        destination="service:default/silent-1",
        port=5300,
        protocol="udp",
    )
    modes = ("iptables", "nftables")
    scene = (
        Objects(
            (
                pod("silent-1", command=echo_server(5353), port=5353),
                service("silent-1", port=5300, target=5353, protocol="UDP"),
            ),
            ready=("silent-1",),
        ),
    )
    changes = (Signalled("silent-1"),)
