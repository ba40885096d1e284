# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 marks the tunnel's packets as for another machine."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 marks the tunnel's packets as for another machine."""

    truth = Truth(id="packet-rewritten", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    changes = (
        Nft(
            "node-2",
            "netdev",
            "chain first {\n"
            "type filter hook ingress device eth0 priority 0; policy accept;\n"
            "udp dport 8472 meta pkttype set other\n"
            "}",
        ),
    )
