# SPDX-License-Identifier: GPL-3.0-or-later
"""The client has believed an ICMP redirect, and sends a pod's packets to a neighbour that routes nothing."""

from __future__ import annotations

from podnet_lab.faults import Truth
from podnet_lab.learned import Redirected
from podnet_lab.made import Made


class FaultClass(Made):
    """The client has believed an ICMP redirect, and sends a pod's packets to a neighbour that routes nothing."""

    truth = Truth(
        id="route-wrong",
        location={"node": "node-1", "namespace": "default", "pod": "client-1"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    changes = (Redirected("node-1", "client-1", "10.244.1.1", "<web-1>", "<web-2>"),)
