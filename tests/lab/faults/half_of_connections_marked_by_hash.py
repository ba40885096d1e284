# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 gives connections a mark by their hash, and the table of one of two marks leads nowhere."""

from __future__ import annotations

from podnet_lab.changes import Rule, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 gives connections a mark by their hash, and the table of one of two marks leads nowhere."""

    truth = Truth(
        id="policy-route-diverts", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("iptables", "host-gw")
    attempts = 24
    lost = (3, 22)
    changes = (
        Rule(
            "node-1",
            "mangle PREROUTING -s <client-1>/32 -d 10.244.2.0/24 -j HMARK --hmark-tuple sport,dport "
            "--hmark-mod 2 --hmark-offset 100 --hmark-rnd 0x5eed",
        ),
        Run(
            "node-1",
            "ip route add blackhole default table 301\nip rule add pref 301 fwmark 101 lookup 301",
            "ip rule del pref 301\nip route flush table 301",
        ),
    )
