# SPDX-License-Identifier: GPL-3.0-or-later
"""A rule against amplification drops datagrams for ports of well-known caches, and a pod serves one."""

from __future__ import annotations

from podnet_lab.changes import Nft, Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import echo_server, pod, service

RULES = """
chain prerouting {
type filter hook prerouting priority raw - 10; policy accept;
udp dport { 19, 123, 1900, 5353, 11211 } counter drop
}
"""


class FaultClass(Made):
    """A rule against amplification drops datagrams for ports of well-known caches, and a pod serves one."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-2"},
        destination="service:default/cache-1",
        port=11211,
        protocol="udp",
    )
    modes = ("nftables",)
    scene = (
        Objects(
            (
                pod("cache-1", command=echo_server(11211), port=11211),
                service("cache-1", port=11211, target=11211, protocol="UDP"),
            ),
            ready=("cache-1",),
        ),
    )
    changes = (Nft("node-2", "inet", RULES, "amplification"),)
