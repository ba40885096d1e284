# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules that log, count and mark, and decide nothing."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Rules that log, count and mark, and decide nothing."""

    truth = Truth(id="", destination="service:default/web", port=80)
    changes = (
        Rule("node-1", "filter FORWARD -m limit --limit 3/min -j LOG --log-prefix seen:"),
        Rule("node-1", "mangle PREROUTING -s <client-1>/32 -j MARK --set-xmark 0x100000/0x100000"),
        Rule("node-1", "mangle FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu"),
        Rule("node-2", "raw PREROUTING -p tcp -j NFLOG --nflog-group 7"),
    )
