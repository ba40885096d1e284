# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 forgets a connection after five seconds and drops what it does not know."""

from __future__ import annotations

from podnet_lab.changes import Rule, Sysctl
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.sometimes import Silent


class FaultClass(Made):
    """node-2 forgets a connection after five seconds and drops what it does not know."""

    truth = Truth(
        id="conntrack-timeout-short", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080
    )
    traffic = Silent("pod:default/client-1", "<web-2>", 8080, silence=8.0)
    attempts = 2
    changes = (
        Sysctl("node-2", "net/netfilter/nf_conntrack_tcp_timeout_established", "5", "86400"),
        Rule("node-2", "filter FORWARD -p tcp ! --syn -m conntrack --ctstate NEW,INVALID -j DROP"),
    )
