# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 rejects the questions in a table of nft, and the server's pod answers by a wrong neighbour."""

from __future__ import annotations

from podnet_lab.changes import in_pod, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.truth import Cause


class FaultClass(Made):
    """node-1 rejects the questions in a table of nft, and the server's pod answers by a wrong neighbour."""

    truth = Truth(
        id="netfilter-reject",
        location={"node": "node-1"},
        second=Cause("neighbour-failed", {"namespace": "default", "pod": "<web-2.name>"}),
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("nftables", "host-gw")
    changes = (
        nft_chain("node-1", "inet", "forward", "ip daddr <web-2> tcp dport 8080 reject with tcp reset"),
        in_pod(
            "web-2",
            "ip neighbour replace 10.244.2.1 lladdr 02:00:00:00:00:99 dev eth0 nud permanent",
            "ip neighbour del 10.244.2.1 dev eth0",
        ),
    )
