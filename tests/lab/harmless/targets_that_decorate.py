# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of both nodes set marks, classes, sizes and copies, and the packets pass."""

from __future__ import annotations

from podnet_lab.changes import Nft, Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made

RULES = (
    "mangle FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss 1200",
    "mangle PREROUTING -s 10.244.0.0/16 -j DSCP --set-dscp 10",
    "mangle POSTROUTING -p tcp -j ECN --ecn-tcp-remove",
    "mangle PREROUTING -j CONNMARK --restore-mark --nfmask 0xff00 --ctmask 0xff00",
    "mangle POSTROUTING -o eth0 -j CONNMARK --save-mark --nfmask 0xff00 --ctmask 0xff00",
    "mangle POSTROUTING -p udp -j CHECKSUM --checksum-fill",
    "mangle PREROUTING -d 10.244.0.0/16 -p tcp -j TEE --gateway 192.0.2.2",
    "mangle FORWARD -p tcp --dport 8080 -j TCPOPTSTRIP --strip-options timestamp",
    "mangle FORWARD -j IDLETIMER --timeout 600 --label seen",
)


class FaultClass(Made):
    """Rules of both nodes set marks, classes, sizes and copies, and the packets pass."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "host-gw")

    changes = (
        *(Rule(node, text) for node in ("node-1", "node-2") for text in RULES),
        Nft(
            "node-2",
            "ip",
            "chain first {\ntype filter hook forward priority -5;\nreset tcp option sack-perm\nip ttl set 33\n}",
        ),
    )
