# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service keeps traffic on the node, and the client's node has none of its pods."""

from __future__ import annotations

from podnet_lab.changes import Objects, Patched
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """A Service keeps traffic on the node, and the client's node has none of its pods."""

    truth = Truth(
        id="service-internal-traffic-local",
        location={"namespace": "default", "service": "inner-1"},
        destination="service:default/inner-1",
        port=80,
    )
    modes = ("iptables", "nftables")
    scene = (Objects((pod("inner-1"), service("inner-1")), ready=("inner-1",)),)
    changes = (
        Patched(
            "service inner-1",
            {"spec": {"internalTrafficPolicy": "Local"}},
            {"spec": {"internalTrafficPolicy": "Cluster"}},
        ),
    )
