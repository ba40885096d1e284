# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod asks DNS on its own loopback address, where nobody listens."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod


class FaultClass(Made):
    """A pod asks DNS on its own loopback address, where nobody listens."""

    truth = Truth(
        id="dns-config-wrong",
        location={"namespace": "default", "pod": "own-1"},
        source="pod:default/own-1",
        destination="web.default.svc.cluster.local",
        port=80,
    )
    modes = ("host-gw",)
    born_broken = True
    changes = (
        Objects(
            (pod("own-1", "node-1", dnsPolicy="None", dnsConfig={"nameservers": ["127.0.0.1"]}),), ready=("own-1",)
        ),
    )
