# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 spares a company's network from masquerading, and so the clients of its node ports too."""

from __future__ import annotations

from podnet_lab.changes import Objects, Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """node-1 spares a company's network from masquerading, and so the clients of its node ports too."""

    truth = Truth(
        id="snat-missing", location={"node": "node-1"}, source="host:outside", destination="node:node-1", port=30095
    )
    modes = ("iptables", "host-gw")
    scene = (Objects((pod("far-5"), service("far-5", type="NodePort", nodePort=30095)), ready=("far-5",)),)
    changes = (Rule("node-1", "nat POSTROUTING -s 198.51.100.0/24 -j ACCEPT"),)
