# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops packets of connections that are large on average, by a rule of iptables."""

from __future__ import annotations

from podnet_lab.changes import Kept, Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic

AVERAGE = "-m connbytes --connbytes 300: --connbytes-dir original --connbytes-mode avgpkt"


class FaultClass(Made):
    """node-2 drops packets of connections that are large on average, by a rule of iptables."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    traffic = Traffic("pod:default/client-1", "<web-2>", 8080, size=4000)
    changes = (
        Kept("node-2", "net/netfilter/nf_conntrack_acct", "1"),
        Rule("node-2", f"mangle FORWARD -d <web-2>/32 -p tcp --dport 8080 {AVERAGE} -j DROP"),
    )
