# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A network ACL without state lets nothing pass from the server's node to the client's."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A network ACL without state lets nothing pass from the server's node to the client's."""

    truth = Truth(id="network-blocked", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables", "host-gw")
    changes = (nft_chain("fabric", "bridge", "forward", 'iifname "node-2" oifname "node-1" ether type ip drop'),)
