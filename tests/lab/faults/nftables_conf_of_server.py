# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 has the rules of a plain server: ssh, the kubelet and node ports may come in, and no tunnel."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made

RULES = """
chain input {
type filter hook input priority filter; policy drop;
iif "lo" accept
ct state vmap { established : accept, related : accept, invalid : drop }
ip protocol icmp accept
tcp dport { 22, 10250, 30000-32767 } accept
udp dport 30000-32767 accept
}
chain output {
type filter hook output priority filter; policy accept;
}
"""


class FaultClass(Made):
    """node-2 has the rules of a plain server: ssh, the kubelet and node ports may come in, and no tunnel."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables",)
    changes = (Nft("node-2", "inet", RULES, "filter"),)
