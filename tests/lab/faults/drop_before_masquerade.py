# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 drops what a pod sends outside, before its source is translated."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 drops what a pod sends outside, before its source is translated."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="198.51.100.10", port=22)
    modes = ("iptables", "host-gw")
    changes = (Rule("node-1", "mangle POSTROUTING -s <client-1>/32 -d 198.51.100.10/32 -p tcp --dport 22 -j DROP"),)
