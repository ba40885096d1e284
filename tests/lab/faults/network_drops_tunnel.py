# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The network from node-1 to node-2 drops VXLAN: neither node is to blame."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The network from node-1 to node-2 drops VXLAN: neither node is to blame."""

    truth = Truth(id="tunnel-port-blocked", destination="pod:default/client-2", protocol="icmp")
    changes = (
        nft_chain("fabric", "bridge", "forward", "ip saddr <node-1> ip daddr <node-2> udp dport 8472 counter drop"),
    )
