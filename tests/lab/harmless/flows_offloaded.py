# SPDX-License-Identifier: GPL-3.0-or-later
"""Both nodes forward established connections by a flow table, past all rules."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made

RULES = """
flowtable fast {
hook ingress priority filter;
devices = { cni0, flannel.1 };
}
chain forward {
type filter hook forward priority filter - 20; policy accept;
ip protocol { tcp, udp } flow add @fast
}
"""


class FaultClass(Made):
    """Both nodes forward established connections by a flow table, past all rules."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables",)
    changes = tuple(Nft(node, "inet", RULES, "fastpath") for node in ("node-1", "node-2"))
