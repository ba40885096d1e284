# SPDX-License-Identifier: GPL-3.0-or-later
"""A slice written by hand is of type IPv6, and its Service has IPv4 only."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import endpoints, service


class FaultClass(Made):
    """A slice written by hand is of type IPv6, and its Service has IPv4 only."""

    truth = Truth(
        id="service-no-endpoints",
        location={"namespace": "default", "service": "six-2"},
        destination="service:default/six-2",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (Objects((service("six-2", app=None), {**endpoints("six-2", "2001:db8::7"), "addressType": "IPv6"})),)
