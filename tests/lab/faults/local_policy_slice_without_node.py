# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service keeps traffic on the node, and a slice by hand does not say that its pod is on the client's node."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import endpoints, service


class FaultClass(Made):
    """A Service keeps traffic on the node, and a slice by hand does not say that its pod is on the client's node."""

    truth = Truth(
        id="service-internal-traffic-local",
        location={"namespace": "default", "service": "manual-2"},
        destination="service:default/manual-2",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (
        Objects((service("manual-2", app=None, internalTrafficPolicy="Local"), endpoints("manual-2", "<web-1>"))),
    )
