# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 leads a Service's address by turns to two pods of its own choice, one of which is gone."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made

BODY = """
chain first {
type nat hook prerouting priority -110; policy accept;
ip daddr <service:web> tcp dport 80 dnat to numgen inc mod 2 map { 0 : <web-2>, 1 : 10.244.2.251 } : 8080
}
"""


class FaultClass(Made):
    """node-1 leads a Service's address by turns to two pods of its own choice, one of which is gone."""

    truth = Truth(id="redirect-target-missing", location={"node": "node-1"}, destination="service:default/web", port=80)
    modes = ("iptables", "host-gw")
    attempts = 24
    lost = (3, 21)
    changes = (Nft("node-1", "ip", BODY, "turns"),)
