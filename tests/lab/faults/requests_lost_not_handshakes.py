# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops six of ten packets that carry a request; connections open at once."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """node-2 drops six of ten packets that carry a request; connections open at once."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    traffic = Traffic("pod:default/client-1", "<web-2>", 8080, size=10, seconds=0.45)
    attempts = 40
    lost = (4, 36)
    changes = (
        nft_chain(
            "node-2",
            "ip",
            "forward",
            "ip daddr <web-2> tcp dport 8080 ip length 60-1500 tcp flags & psh == psh "
            "numgen random mod 10 < 6 counter drop",
        ),
    )
