# SPDX-License-Identifier: GPL-3.0-or-later
"""A rule in the client's own namespace rejects its connections."""

from __future__ import annotations

from podnet_lab.changes import pod_rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A rule in the client's own namespace rejects its connections."""

    truth = Truth(
        id="netfilter-reject",
        location={"node": "node-1", "namespace": "default", "pod": "client-1"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    changes = (pod_rule("client-1", "filter OUTPUT -p tcp --dport 8080 -j REJECT --reject-with tcp-reset"),)
