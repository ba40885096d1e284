# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A security group lets nothing but ARP pass between two nodes."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made

BETWEEN = 'iifname { "node-1", "node-2" } oifname { "node-1", "node-2" } ether type ip drop'


class FaultClass(Made):
    """A security group lets nothing but ARP pass between two nodes."""

    truth = Truth(id="network-blocked", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables", "host-gw")
    changes = (nft_chain("fabric", "bridge", "forward", BETWEEN),)
