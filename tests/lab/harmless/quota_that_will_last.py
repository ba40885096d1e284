# SPDX-License-Identifier: GPL-3.0-or-later
"""Quotas of both nodes, named and not, count what passes, and will last."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Quotas of both nodes, named and not, count what passes, and will last."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "host-gw")
    changes = (
        nft_chain("node-1", "inet", "forward", "tcp dport 8080 quota over 900 mbytes drop"),
        nft_chain(
            "node-2",
            "ip",
            "forward",
            'tcp sport 8080 quota name "of-answers" drop',
            sets="quota of-answers {\nover 900 mbytes\n}",
        ),
    )
