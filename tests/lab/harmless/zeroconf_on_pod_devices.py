# SPDX-License-Identifier: GPL-3.0-or-later
"""A DHCP client of node-1 gave addresses of its own to pods' devices, with routes that come last."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A DHCP client of node-1 gave addresses of its own to pods' devices, with routes that come last."""

    truth = Truth(id="", destination="host:outside", port=22)
    modes = ("iptables", "host-gw")
    changes = (
        Run(
            "node-1",
            """ip address add 169.254.66.7/16 dev <web-1.veth>
            ip address add 169.254.66.8/16 dev <client-1.veth>
            ip route add default dev <web-1.veth> scope link src 169.254.66.7 metric 1010
            ip route add default dev <client-1.veth> scope link src 169.254.66.8 metric 1011""",
            """ip route del default dev <web-1.veth> metric 1010
            ip route del default dev <client-1.veth> metric 1011
            ip address del 169.254.66.7/16 dev <web-1.veth>
            ip address del 169.254.66.8/16 dev <client-1.veth>""",
        ),
    )
