# SPDX-License-Identifier: GPL-3.0-or-later
"""A native table in the server's own namespace drops what comes in for its port."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A native table in the server's own namespace drops what comes in for its port."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-2", "namespace": "default", "pod": "<web-2.name>"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    changes = (nft_chain("node-2", "inet", "input", "tcp dport 8080 ip saddr <client-1> drop", pod="web-2"),)
