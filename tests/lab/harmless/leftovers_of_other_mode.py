# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of kube-proxy's other mode are left on both nodes, and lead to the same pods."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made

BODY = """
chain nat-prerouting {
    type nat hook prerouting priority dstnat; policy accept;
    jump services
}
chain nat-output {
    type nat hook output priority -100; policy accept;
    jump services
}
chain services {
    ip daddr <service:web> tcp dport 80 dnat to numgen random mod 2 map { 0 : <web-1> . 8080, 1 : <web-2> . 8080 }
    ip daddr 10.96.0.200 tcp dport 80 dnat to 10.244.2.251:8080
}
"""


class FaultClass(Made):
    """Rules of kube-proxy's other mode are left on both nodes, and lead to the same pods."""

    truth = Truth(id="", destination="service:default/web", port=80)
    modes = ("host-gw",)
    changes = tuple(Nft(node, "ip", BODY, name="kube-proxy") for node in ("node-1", "node-2"))
