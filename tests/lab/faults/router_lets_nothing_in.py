# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The router lets nothing of a machine outside in: what asks a node port never comes to the node."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The router lets nothing of a machine outside in: what asks a node port never comes to the node."""

    truth = Truth(id="network-blocked", location={}, source="host:outside", destination="node:node-1", port=30080)
    modes = ("iptables", "nftables", "host-gw")
    changes = (nft_chain("fabric", "ip", "forward", 'iifname "outside" oifname "nodes" drop'),)
