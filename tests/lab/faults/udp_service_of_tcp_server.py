# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service offers a port for UDP, and its pod listens there by TCP."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """A Service offers a port for UDP, and its pod listens there by TCP."""

    truth = Truth(
        id="port-not-listening",
        location={"namespace": "default", "pod": "logs-1"},
        destination="service:default/logs-1",
        port=514,
        protocol="udp",
    )
    modes = ("nftables",)
    born_broken = True
    changes = (
        Objects(
            (pod("logs-1", port=5514), service("logs-1", port=514, target=5514, protocol="UDP")), ready=("logs-1",)
        ),
    )
