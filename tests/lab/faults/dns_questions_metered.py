# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 lets each pod ask three questions of DNS a second, by a meter of nftables."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.sometimes import Questions

BODY = """
set askers {
    type ipv4_addr
    flags dynamic, timeout
    timeout 1m
    size 4096
}
chain first {
    type filter hook prerouting priority -310; policy accept;
    udp dport 53 update @askers { ip saddr limit rate over 3/second burst 3 packets } counter drop
}
"""


class FaultClass(Made):
    """node-1 lets each pod ask three questions of DNS a second, by a meter of nftables."""

    truth = Truth(
        id="connection-limit",
        also=("netfilter-drop",),  # what is limited are datagrams, not connections
        location={"node": "node-1"},
        destination="web.default.svc.cluster.local",
        port=80,
    )
    modes = ("nftables",)
    traffic = Questions("pod:default/client-1", "<service:kube-system/kube-dns>")
    attempts = 30
    lost = (10, 30)
    changes = (Nft("node-1", "ip", BODY),)
