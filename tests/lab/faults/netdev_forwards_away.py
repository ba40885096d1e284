# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 steals the client's packets on the tunnel device by a fwd rule."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 steals the client's packets on the tunnel device by a fwd rule."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (
        Nft(
            "node-2",
            "netdev",
            "chain first {\ntype filter hook ingress device flannel.1 priority 0; policy accept;\n"
            'ip saddr <client-1> fwd to "lo"\n}',
        ),
    )
