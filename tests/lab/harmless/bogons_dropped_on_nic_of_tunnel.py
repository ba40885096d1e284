# SPDX-License-Identifier: GPL-3.0-or-later
"""Both nodes drop private senders at the NIC, where pods' addresses come in a tunnel only."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made

RULES = """
set bogons {
type ipv4_addr
flags interval
elements = { 10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16, 240.0.0.0/4 }
}
chain ingress {
type filter hook ingress device "eth0" priority -500; policy accept;
ip saddr @bogons counter drop
}
"""


class FaultClass(Made):
    """Both nodes drop private senders at the NIC, where pods' addresses come in a tunnel only."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables",)
    changes = tuple(Nft(node, "netdev", RULES, "hardening") for node in ("node-1", "node-2"))
