# SPDX-License-Identifier: GPL-3.0-or-later
"""The client has twenty local ports: enough for a few connections, not for those of one busy second."""

from __future__ import annotations

from podnet_lab.changes import Sysctl
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """The client has twenty local ports: enough for a few connections, not for those of one busy second."""

    truth = Truth(
        id="ephemeral-ports-exhausted",
        location={"node": "node-1", "namespace": "default", "pod": "client-1"},
        destination="pod:default/<web-1.name>",
        port=8080,
    )
    # Each connection that the client closes holds its port for a minute; web-1 is left to the diagnosis.
    traffic = Traffic("pod:default/client-1", "<web-2>", 8080)
    attempts = 40
    lost = (10, 40)
    changes = (Sysctl("<client-1.node>", "net/ipv4/ip_local_port_range", "40000 40019", "32768 60999", pod="client-1"),)
