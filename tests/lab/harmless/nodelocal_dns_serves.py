# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod asks a cache of DNS on its own node at a link-local address, and the cache asks cluster DNS."""

from __future__ import annotations

from podnet_lab.changes import Objects, Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.node_cache import ADDRESS, ASKING, SERVING


class FaultClass(Made):
    """A pod asks a cache of DNS on its own node at a link-local address, and the cache asks cluster DNS."""

    truth = Truth(id="", source="pod:default/asking-1", destination="web.default.svc.cluster.local", port=80)
    modes = ("nftables", "host-gw")
    born_broken = True
    changes = (
        ADDRESS,
        Rule("node-1", "raw PREROUTING -d 169.254.20.10/32 -p udp --dport 53 -j CT --notrack"),
        Rule("node-1", "raw OUTPUT -s 169.254.20.10/32 -p udp --sport 53 -j CT --notrack"),
        SERVING,
        Objects((ASKING,), ready=("asking-1",)),
    )
