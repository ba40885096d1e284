# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 sends ICMP errors as seldom as its kernel allows."""

from __future__ import annotations

from podnet_lab.changes import Sysctl
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 sends ICMP errors as seldom as its kernel allows."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    changes = (Sysctl("node-2", "net/ipv4/icmp_ratelimit", "60000", "1000"),)
