# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 sends its own connections to pods elsewhere, by a rule for locally made packets."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 sends its own connections to pods elsewhere, by a rule for locally made packets."""

    truth = Truth(
        id="policy-route-diverts",
        location={"node": "node-1"},
        source="node:node-1",
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables", "host-gw")
    changes = (
        Run(
            "node-1",
            "ip route add 10.244.0.0/16 via 192.0.2.1 dev eth0 table 202\n"
            "ip rule add pref 102 iif lo to 10.244.2.0/24 ipproto tcp lookup 202",
            "ip rule del pref 102\nip route flush table 202",
        ),
    )
