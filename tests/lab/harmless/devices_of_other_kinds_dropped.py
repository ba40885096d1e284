# SPDX-License-Identifier: GPL-3.0-or-later
"""Both nodes drop a port of what goes by devices of kinds that they do not have on the way."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Both nodes drop a port of what goes by devices of kinds that they do not have on the way."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "host-gw")
    changes = (
        nft_chain(
            "node-1", "inet", "forward", 'meta oifkind "macvlan" tcp dport 8080 drop\nmeta iiftype loopback drop'
        ),
        nft_chain("node-2", "inet", "postrouting", 'meta oifkind != "bridge" tcp dport 8080 drop'),
    )
