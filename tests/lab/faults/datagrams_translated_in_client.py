# SPDX-License-Identifier: GPL-3.0-or-later
"""A map of nft in the client's namespace leads its datagrams for a pod to a proxy that is not there any more."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import echo_server, serving

BODY = """
map proxies {
type ipv4_addr . inet_service : ipv4_addr . inet_service
elements = { <talker-1> . 9000 : 127.0.0.1 . 15001 }
}
chain out {
type nat hook output priority -100; policy accept;
dnat ip to ip daddr . udp dport map @proxies
}
"""


class FaultClass(Made):
    """A map of nft in the client's namespace leads its datagrams for a pod to a proxy that is not there any more."""

    truth = Truth(
        id="redirect-target-missing",
        location={"node": "node-1", "namespace": "default", "pod": "client-1"},
        destination="pod:default/talker-1",
        port=9000,
        protocol="udp",
    )
    modes = ("nftables", "host-gw")
    scene = (serving("talker-1", command=echo_server(9000), port=9000),)
    changes = (Nft("<client-1.node>", "ip", BODY, pod="client-1"),)
