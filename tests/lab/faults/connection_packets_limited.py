# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 drops connections that have carried three packets."""

from __future__ import annotations

from podnet_lab.changes import Rule, Sysctl
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """node-1 drops connections that have carried three packets."""

    truth = Truth(
        id="netfilter-drop",
        # The rule is a limit, of what a connection carries.
        also=("connection-limit",),
        location={"node": "node-1"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables", "nftables")
    traffic = Traffic("pod:default/client-1", "<web-2>", 8080, size=6000)
    changes = (
        Sysctl("node-1", "net/netfilter/nf_conntrack_acct", "1", "0"),
        Rule(
            "node-1",
            "filter FORWARD -s <client-1>/32 -d <web-2>/32 -m connbytes --connbytes 4: --connbytes-mode packets"
            " --connbytes-dir both -j DROP",
        ),
    )
