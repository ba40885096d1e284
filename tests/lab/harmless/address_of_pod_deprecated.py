# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's address is no longer preferred, and its device has two others."""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The client's address is no longer preferred, and its device has two others."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (
        in_pod(
            "client-1",
            """ip addr add 10.244.1.250/24 dev eth0
            ip addr add 169.254.77.7/32 dev eth0
            ip addr change <client-1>/24 dev eth0 preferred_lft 0 valid_lft forever""",
            """ip addr change <client-1>/24 dev eth0 preferred_lft forever valid_lft forever
            ip addr del 169.254.77.7/32 dev eth0
            ip addr del 10.244.1.250/24 dev eth0""",
        ),
    )
