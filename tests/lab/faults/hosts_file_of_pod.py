# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's hosts file has an old address for the Service's name."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod


class FaultClass(Made):
    """The client's hosts file has an old address for the Service's name."""

    truth = Truth(
        id="dns-hosts-file",
        location={"node": "node-1", "namespace": "default", "pod": "old-1"},
        source="pod:default/old-1",
        destination="web.default.svc.cluster.local",
        port=80,
    )
    born_broken = True
    changes = (
        Objects(
            (
                pod(
                    "old-1",
                    "node-1",
                    hostAliases=[{"ip": "10.244.2.99", "hostnames": ["web.default.svc.cluster.local"]}],
                ),
            ),
            ready=("old-1",),
        ),
    )
