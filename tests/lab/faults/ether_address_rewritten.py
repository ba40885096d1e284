# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2's bridge gives frames from the server another destination."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2's bridge gives frames from the server another destination."""

    truth = Truth(id="packet-rewritten", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    changes = (
        nft_chain(
            "node-2",
            "bridge",
            "prerouting",
            "iifname <web-2.veth> ether type ip ether daddr set 02:00:5e:00:53:77",
            "-300",
        ),
    )
