# SPDX-License-Identifier: GPL-3.0-or-later
"""A blackhole for a network that nobody asks for, and an unreachable pod CIDR of no node."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A blackhole for a network that nobody asks for, and an unreachable pod CIDR of no node."""

    truth = Truth(id="", destination="pod:default/client-2", protocol="icmp")
    changes = (
        Run(
            "node-1",
            "ip route add blackhole 203.0.113.128/25\nip route add unreachable 10.244.9.0/24",
            "ip route del blackhole 203.0.113.128/25\nip route del unreachable 10.244.9.0/24",
        ),
    )
