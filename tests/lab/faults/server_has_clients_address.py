# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's namespace also has the client's address."""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The server's namespace also has the client's address."""

    truth = Truth(
        id="duplicate-address",
        location={"node": "node-2", "pod": "<web-2.name>"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables", "nftables")
    changes = (in_pod("web-2", "ip addr add <client-1>/32 dev lo", "ip addr del <client-1>/32 dev lo"),)
