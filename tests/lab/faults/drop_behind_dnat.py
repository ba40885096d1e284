# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 drops a pod's connections to a Service behind the translation of their destination."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 drops a pod's connections to a Service behind the translation of their destination."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="service:default/web", port=80)
    modes = ("iptables", "nftables")
    changes = (Rule("node-1", "mangle FORWARD -s <client-1>/32 -p tcp --dport 8080 -j DROP"),)
