# SPDX-License-Identifier: GPL-3.0-or-later
"""Much is odd on the nodes and harms nobody; the server listens on its loopback address."""

from __future__ import annotations

from podnet_lab.changes import Run, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import http_server, serving


class FaultClass(Made):
    """Much is odd on the nodes and harms nobody; the server listens on its loopback address."""

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
        nft_chain("node-2", "inet", "forward", "ip daddr 10.99.0.0/16 drop"),
        Run(
            "node-1",
            "ip route add blackhole 10.98.0.0/16\nip address add 192.0.2.77/24 dev eth0",
            "ip route del blackhole 10.98.0.0/16\nip address del 192.0.2.77/24 dev eth0",
        ),
        Run("node-2", "ip rule add pref 90 fwmark 0x77 lookup 99", "ip rule del pref 90"),
    )
