# SPDX-License-Identifier: GPL-3.0-or-later
"""A program listens on another port than its pod declares, behind a Service."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import http_server, pod, service


class FaultClass(Made):
    """A program listens on another port than its pod declares, behind a Service."""

    truth = Truth(
        id="port-not-listening",
        location={"namespace": "default", "pod": "other-1"},
        destination="service:default/other-1",
        port=80,
    )
    born_broken = True
    changes = (Objects((pod("other-1", command=http_server(9090)), service("other-1")), ready=("other-1",)),)
