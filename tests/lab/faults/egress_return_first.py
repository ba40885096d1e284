# SPDX-License-Identifier: GPL-3.0-or-later
"""A rule before the others exempts one pod of node-1 from masquerading."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A rule before the others exempts one pod of node-1 from masquerading."""

    truth = Truth(id="snat-missing", location={"node": "node-1"}, destination="198.51.100.10", port=22)
    modes = ("iptables", "host-gw")
    changes = (Rule("node-1", "nat POSTROUTING -s <client-1>/32 -j ACCEPT"),)
