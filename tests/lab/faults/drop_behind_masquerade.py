# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 drops what pods send outside, behind the translation of their source."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 drops what pods send outside, behind the translation of their source."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="198.51.100.10", port=22)
    changes = (
        nft_chain(
            "node-1", "ip", "postrouting", "ip saddr <node-1> ip daddr 198.51.100.10 tcp dport 22 counter drop", "150"
        ),
    )
