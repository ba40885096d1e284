# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The network from node-2 to node-1 drops VXLAN: questions arrive, answers do not."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The network from node-2 to node-1 drops VXLAN: questions arrive, answers do not."""

    truth = Truth(id="tunnel-port-blocked", destination="pod:default/<web-2.name>", port=8080)
    changes = (
        nft_chain("fabric", "bridge", "forward", "ip saddr <node-2> ip daddr <node-1> udp dport 8472 counter drop"),
    )
