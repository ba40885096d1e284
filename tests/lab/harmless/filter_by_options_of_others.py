# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules by TCP options, device groups, quotas and hashes concern other traffic."""

from __future__ import annotations

from podnet_lab.changes import Rule, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Rules by TCP options, device groups, quotas and hashes concern other traffic."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    changes = (
        nft_chain(
            "node-2",
            "inet",
            "forward",
            "tcp option maxseg size > 65000 drop\n"
            "oifgroup 99 drop\n"
            "ip daddr <web-2> jhash ip saddr . tcp sport mod 2 seed 0x7 != 0-1 drop",
            "-5",
        ),
        Rule("node-2", "filter FORWARD -d <web-2>/32 -m quota --quota 90000000000 -j ACCEPT"),
    )
