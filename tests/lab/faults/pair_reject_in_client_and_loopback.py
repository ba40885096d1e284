# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's pod refuses the connection itself, and the server listens on its loopback only."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import http_server, serving
from podnet_lab.truth import Cause


class FaultClass(Made):
    """The client's pod refuses the connection itself, and the server listens on its loopback only."""

    truth = Truth(
        id="netfilter-reject",
        location={"namespace": "default", "pod": "client-1"},
        second=Cause("port-listening-on-loopback", {"namespace": "default", "pod": "local-1"}),
        destination="pod:default/local-1",
        port=8080,
    )
    modes = ("nftables", "host-gw")
    born_broken = True
    changes = (
        serving("local-1", command=http_server(8080, "127.0.0.1")),
        nft_chain("node-1", "ip", "output", "ip daddr <local-1> tcp dport 8080 reject with tcp reset", pod="client-1"),
    )
