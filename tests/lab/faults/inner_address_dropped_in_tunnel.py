# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 looks into the tunnel's packets, and drops those for one pod."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 looks into the tunnel's packets, and drops those for one pod."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables",)
    changes = (
        Run(
            "node-2",
            """nft add table ip inner
            nft 'add chain ip inner first { type filter hook input priority -1; policy accept; }'
            python3 -c "import ipaddress, os; a = int(ipaddress.ip_address('<web-2>')); os.execlp('nft', 'nft', \
f'add rule ip inner first udp dport 8472 @th,368,32 {a} drop')" """,
            "nft delete table ip inner",
        ),
    )
