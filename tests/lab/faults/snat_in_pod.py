# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's own namespace gives its packets an address that no node knows."""

from __future__ import annotations

from podnet_lab.changes import pod_rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The client's own namespace gives its packets an address that no node knows."""

    truth = Truth(
        id="snat-wrong",
        location={"node": "node-1", "namespace": "default", "pod": "client-1"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    changes = (pod_rule("client-1", "nat POSTROUTING -p tcp -j SNAT --to-source 10.99.0.7"),)
