# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 takes pods' connections past its rules once they are established, by a flow table."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made

BODY = """
flowtable fast {
hook ingress priority 0; devices = { cni0, eth0 };
}
chain first {
type filter hook forward priority 0; policy accept;
ip protocol tcp flow add @fast
}
"""


class FaultClass(Made):
    """node-1 takes pods' connections past its rules once they are established, by a flow table."""

    truth = Truth(id="", destination="service:default/web", port=80)
    modes = ("iptables", "host-gw")
    changes = (Nft("node-1", "inet", BODY, "offload"),)
