# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 masquerades the client towards other pods, with ports at random."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 masquerades the client towards other pods, with ports at random."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    changes = (Rule("node-1", "nat POSTROUTING -s <client-1>/32 -d 10.244.0.0/16 -j MASQUERADE --random-fully"),)
