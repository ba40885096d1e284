# SPDX-License-Identifier: GPL-3.0-or-later
"""The pod that asks ends again and again, and what it asks for is well."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Event
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod


class FaultClass(Made):
    """The pod that asks ends again and again, and what it asks for is well."""

    truth = Truth(
        id="container-not-ready",
        location={"namespace": "default", "pod": "crashing-1"},
        source="pod:default/crashing-1",
        destination="service:default/web",
        port=80,
    )
    modes = ("nftables",)
    born_broken = True
    changes = (
        Objects((pod("crashing-1", "node-1", command=["sh", "-c", "echo no settings; exit 3"]),)),
        Event("crashing-1", "BackOff"),
    )
