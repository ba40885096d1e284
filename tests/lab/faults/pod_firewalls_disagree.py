# SPDX-License-Identifier: GPL-3.0-or-later
"""In the server's namespace iptables accepts datagrams, and a table of nft behind it rejects them as prohibited."""

from __future__ import annotations

from podnet_lab.changes import nft_chain, pod_rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import echo_server, serving


class FaultClass(Made):
    """In the server's namespace iptables accepts datagrams, and a table of nft behind it rejects them as prohibited."""

    truth = Truth(
        id="netfilter-reject",
        location={"node": "node-2", "namespace": "default", "pod": "guarded-1"},
        destination="pod:default/guarded-1",
        port=9000,
        protocol="udp",
    )
    modes = ("nftables", "host-gw")
    scene = (serving("guarded-1", command=echo_server(9000), port=9000),)
    changes = (
        pod_rule("guarded-1", "filter INPUT -p udp --dport 9000 -j ACCEPT"),
        nft_chain(
            "node-2", "inet", "input", "udp dport 1024-32767 reject with icmpx admin-prohibited", "15", pod="guarded-1"
        ),
    )
