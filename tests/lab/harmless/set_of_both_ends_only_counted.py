# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets of both nodes hold the client and the server under a dreadful name, and what asks them only counts."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made

SETS = """
set blocked_forever {
type ipv4_addr
elements = { <client-1>, <web-2> }
}
set quarantine {
type ipv4_addr . inet_service
elements = { <web-2> . 8080 }
}
"""


class FaultClass(Made):
    """Sets of both nodes hold the client and the server under a dreadful name, and what asks them only counts."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "host-gw")
    changes = tuple(
        nft_chain(
            node, "inet", "forward", "ip saddr @blocked_forever counter\nip daddr @blocked_forever counter", sets=SETS
        )
        for node in ("node-1", "node-2")
    )
