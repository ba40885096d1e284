# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops pings, which harms nobody; the server takes only packets with their whole time to live."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving
from podnet_lab.servers import WANTS_LIFETIME, closing


class FaultClass(Made):
    """node-2 drops pings, which harms nobody; the server takes only packets with their whole time to live."""

    truth = Truth(
        id="socket-filter-drop",
        location={"namespace": "default", "pod": "near-1"},
        destination="pod:default/near-1",
        port=8080,
    )
    modes = ("host-gw",)

    born_broken = True
    changes = (
        serving("near-1", command=["python3", "-c", closing(setting=WANTS_LIFETIME)]),
        nft_chain("node-2", "inet", "forward", "ip protocol icmp drop"),
    )
