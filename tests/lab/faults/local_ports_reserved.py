# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's local ports are all reserved."""

from __future__ import annotations

from podnet_lab.changes import Sysctl
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The client's local ports are all reserved."""

    truth = Truth(
        id="ephemeral-ports-exhausted",
        location={"node": "node-1", "namespace": "default", "pod": "client-1"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    changes = (Sysctl("<client-1.node>", "net/ipv4/ip_local_reserved_ports", "32768-60999", "\n", pod="client-1"),)
