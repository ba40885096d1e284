# SPDX-License-Identifier: GPL-3.0-or-later
"""A container's command is not in its image."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Event
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """A container's command is not in its image."""

    truth = Truth(
        id="container-not-ready",
        location={"namespace": "default", "pod": "typo-1"},
        destination="typo-1.default.svc.cluster.local",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (
        Objects((pod("typo-1", command=["pyhton3", "-m", "http.server"]), service("typo-1"))),
        Event("typo-1", "BackOff"),
    )
