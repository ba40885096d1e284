# SPDX-License-Identifier: GPL-3.0-or-later
"""A rule that drops other connections of the client counts all the time; what drops these is elsewhere."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.others import BUSY_DROP


class FaultClass(Made):
    """A rule that drops other connections of the client counts all the time; what drops these is elsewhere."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "host-gw")
    changes = (
        *BUSY_DROP,
        nft_chain("node-2", "bridge", "output", "ip daddr <web-2> tcp dport 8080 tcp sport != 20000-20005 drop"),
    )
