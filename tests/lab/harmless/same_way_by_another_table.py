# SPDX-License-Identifier: GPL-3.0-or-later
"""A mark leads one pod's packets to a table that has the same route."""

from __future__ import annotations

from podnet_lab.changes import Rule, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A mark leads one pod's packets to a table that has the same route."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    changes = (
        Run(
            "node-1",
            "ip route add 10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink table 204\n"
            "ip rule add pref 104 fwmark 0x200/0x200 lookup 204",
            "ip rule del pref 104\nip route flush table 204",
        ),
        Rule("node-1", "mangle PREROUTING -s <client-1>/32 -d 10.244.2.0/24 -j MARK --set-xmark 0x200/0x200"),
    )
