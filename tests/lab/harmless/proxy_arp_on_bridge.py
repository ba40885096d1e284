# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 answers ARP for others on its bridge."""

from __future__ import annotations

from podnet_lab.changes import Sysctl
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 answers ARP for others on its bridge."""

    truth = Truth(id="", source="pod:default/client-2", destination="pod:default/<web-2.name>", port=8080)
    changes = (Sysctl("node-2", "net/ipv4/conf/cni0/proxy_arp", "1", "0"),)
