# SPDX-License-Identifier: GPL-3.0-or-later
"""A table of node-2 that would drop everything sleeps."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A table of node-2 that would drop everything sleeps."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (
        Nft(
            "node-2",
            "ip",
            "flags dormant\nchain first {\ntype filter hook forward priority 0; policy drop;\nip daddr <web-2> drop\n}",
        ),
    )
