# SPDX-License-Identifier: GPL-3.0-or-later
"""A program of a node asks for a Service by its name, which the node's DNS server does not know."""

from __future__ import annotations

from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A program of a node asks for a Service by its name, which the node's DNS server does not know."""

    truth = Truth(
        id="dns-name-missing",
        location={"node": "node-2"},
        source="node:node-2",
        destination="web.default.svc.cluster.local",
        port=80,
    )
    modes = ("nftables", "host-gw")
    born_broken = True
