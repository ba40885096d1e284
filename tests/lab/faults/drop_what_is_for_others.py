# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops what is not for an address of its own, as on a host that routes nothing."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 drops what is not for an address of its own, as on a host that routes nothing."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "host-gw")
    changes = (
        nft_chain(
            "node-2",
            "inet",
            "prerouting",
            "fib daddr . iif type != { local, broadcast, multicast } tcp dport 8000-8999 drop",
            "-150",
        ),
    )
