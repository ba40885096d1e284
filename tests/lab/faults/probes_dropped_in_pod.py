# SPDX-License-Identifier: GPL-3.0-or-later
"""An agent in a pod drops its node's own address, and with it the probes of the kubelet."""

from __future__ import annotations

from podnet_lab.changes import Nft, Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, readiness, service

RULES = """
set trusted {
type ipv4_addr
flags interval
elements = { 10.244.1.0/24, 10.244.3.0-10.244.255.255, 127.0.0.0/8 }
}
chain input {
type filter hook input priority filter; policy drop;
ct state established,related accept
ip saddr @trusted tcp dport 8080 accept
}
"""


class FaultClass(Made):
    """An agent in a pod drops its node's own address, and with it the probes of the kubelet."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-2", "namespace": "default", "pod": "guarded-1"},
        destination="service:default/guarded-1",
        port=80,
    )
    modes = ("nftables",)
    scene = (Objects((pod("guarded-1", container=readiness(8080)), service("guarded-1")), ready=("guarded-1",)),)
    changes = (Nft("node-2", "inet", RULES, "agent", pod="guarded-1"),)
