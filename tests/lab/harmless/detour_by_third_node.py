# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 sends node-2's pods their packets by node-3, which forwards them."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 sends node-2's pods their packets by node-3, which forwards them."""

    truth = Truth(id="", destination="pod:default/client-2", protocol="icmp")
    modes = ("three",)
    changes = (
        Run(
            "node-1",
            """ip route add 10.244.2.0/24 via 10.244.3.0 dev flannel.1 onlink table 130
            ip rule add pref 130 to 10.244.2.0/24 lookup 130""",
            "ip rule del pref 130\nip route flush table 130",
        ),
    )
