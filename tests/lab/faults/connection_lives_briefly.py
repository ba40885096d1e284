# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 forgets in a set of its own after four seconds which connections may pass: those that last longer stop."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.sometimes import Silent

BODY = """
set alive {
    type ipv4_addr . inet_service
    flags dynamic, timeout
    timeout 4s
}
chain first {
    type filter hook forward priority -6; policy accept;
    ip daddr <web-2> tcp dport 8080 ct state new add @alive { ip saddr . tcp sport } accept
    ip daddr <web-2> tcp dport 8080 ip saddr . tcp sport @alive accept
    ip daddr <web-2> tcp dport 8080 counter drop
}
"""


class FaultClass(Made):
    """node-2 forgets in a set of its own after four seconds which connections may pass: those that last longer stop."""

    about = "node-2 forgets in a set of its own after four seconds which connections may pass: longer ones stop"
    truth = Truth(
        id="netfilter-drop",
        also=("connection-idle-timeout",),  # a rule that forgets connections is both
        location={"node": "node-2"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("nftables", "host-gw")
    traffic = Silent("pod:default/client-1", "<web-2>", 8080, silence=6.0)
    changes = (Nft("node-2", "ip", BODY),)
