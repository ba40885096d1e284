# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 lets connections begin, and resets them at the first data."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """node-1 lets connections begin, and resets them at the first data."""

    truth = Truth(id="netfilter-reject", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    traffic = Traffic("pod:default/client-1", "<web-2>", 8080, size=600)
    changes = (
        Rule(
            "node-1",
            "filter FORWARD -s <client-1>/32 -p tcp --dport 8080 -m length --length 200:65535"
            " -j REJECT --reject-with tcp-reset",
        ),
    )
