# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops pings, which harms nobody; the server listens on its loopback address."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import http_server, serving


class FaultClass(Made):
    """node-2 drops pings, which harms nobody; the server listens on its loopback address."""

    truth = Truth(
        id="port-listening-on-loopback",
        location={"namespace": "default", "pod": "local-1"},
        destination="pod:default/local-1",
        port=8080,
    )
    modes = ("nftables", "host-gw")
    born_broken = True
    changes = (
        serving("local-1", command=http_server(8080, "127.0.0.1")),
        nft_chain("node-2", "inet", "forward", "ip protocol icmp drop"),
    )
