# SPDX-License-Identifier: GPL-3.0-or-later
"""One firewall accepts and a second one rejects: both have to agree.

A leftover of firewalld: its chain comes after iptables' own, whose ACCEPT ends only its own chain.
"""

from __future__ import annotations

from podnet_lab.changes import Rule, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """One firewall accepts and a second one rejects: both have to agree."""

    truth = Truth(id="netfilter-reject", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    changes = (
        Rule("node-1", "filter FORWARD -d <web-2>/32 -j ACCEPT"),
        nft_chain("node-1", "inet", "forward", "ip daddr 10.244.2.0/24 tcp dport 8080 reject with tcp reset", "5"),
    )
