# SPDX-License-Identifier: GPL-3.0-or-later
"""A native table of node-1 accepts no UDP but DNS."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A native table of node-1 accepts no UDP but DNS."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-1"},
        source="pod:default/client-2",
        destination="pod:default/client-1",
        protocol="icmp",
    )
    changes = (nft_chain("node-1", "inet", "input", "udp sport 53 accept\nudp dport 8472 drop", "-1"),)
