# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 does not forward what comes in by flannel.1."""

from __future__ import annotations

from podnet_lab.changes import Sysctl
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 does not forward what comes in by flannel.1."""

    truth = Truth(
        id="ip-forwarding-off",
        location={"node": "node-2", "device": "flannel.1"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    changes = (Sysctl("node-2", "net/ipv4/conf/flannel.1/forwarding", "0", "1"),)
