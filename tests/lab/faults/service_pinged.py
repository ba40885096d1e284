# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service is asked by ping, which it has no port for."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A Service is asked by ping, which it has no port for."""

    truth = Truth(
        id="service-protocol-mismatch",
        location={"namespace": "default", "service": "web"},
        destination="service:default/web",
        protocol="icmp",
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (Run("node-1", "true"),)
