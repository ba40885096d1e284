# SPDX-License-Identifier: GPL-3.0-or-later
"""Both nodes keep their tunnel out of connection tracking, to save entries."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Both nodes keep their tunnel out of connection tracking, to save entries."""

    truth = Truth(id="", destination="service:default/web", port=80)
    modes = ("nftables", "three")
    changes = tuple(
        Rule(node, f"raw {chain} -p udp --dport 8472 -j NOTRACK")
        for node in ("node-1", "node-2")
        for chain in ("PREROUTING", "OUTPUT")
    )
