# SPDX-License-Identifier: GPL-3.0-or-later
"""A server takes each connection and closes it at once, without a byte."""

from __future__ import annotations

from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving
from podnet_lab.servers import CLOSES, server
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """A server takes each connection and closes it at once, without a byte."""

    truth = Truth(
        id="backend-unhealthy",
        location={"namespace": "default", "pod": "shut-1"},
        destination="pod:default/shut-1",
        port=8080,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    traffic = Traffic("pod:default/client-1", "<shut-1>", 8080, size=10)
    changes = (serving("shut-1", command=server(CLOSES)),)
