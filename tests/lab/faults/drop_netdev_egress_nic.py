# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A netdev chain of node-1 drops the tunnel's packets as they leave by the NIC."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A netdev chain of node-1 drops the tunnel's packets as they leave by the NIC."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="pod:default/client-2", protocol="icmp")
    changes = (nft_chain("node-1", "netdev", "egress device eth0", "udp dport 8472 counter drop"),)
