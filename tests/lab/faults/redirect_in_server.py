# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's own namespace redirects what comes in to a sidecar that is gone."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The server's own namespace redirects what comes in to a sidecar that is gone."""

    truth = Truth(
        id="redirect-target-missing",
        location={"node": "node-2", "namespace": "default", "pod": "<web-2.name>"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    changes = (
        Nft(
            "node-2",
            "ip",
            "chain inbound {\ntype nat hook prerouting priority dstnat; policy accept;\n"
            "tcp dport 8080 redirect to :15006\n}",
            pod="web-2",
        ),
    )
