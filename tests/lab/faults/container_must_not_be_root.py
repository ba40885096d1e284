# SPDX-License-Identifier: GPL-3.0-or-later
"""A container must not run as root, and its image names no other user."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Event
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """A container must not run as root, and its image names no other user."""

    truth = Truth(
        id="container-not-ready",
        location={"namespace": "default", "pod": "plain-1"},
        destination="service:default/plain-1",
        port=80,
    )
    modes = ("nftables",)
    born_broken = True
    changes = (
        Objects((pod("plain-1", container={"securityContext": {"runAsNonRoot": True}}), service("plain-1"))),
        Event("plain-1", "Failed"),
    )
