# SPDX-License-Identifier: GPL-3.0-or-later
"""A rule drops connections from six source ports of the client, which tries them all the time."""

from __future__ import annotations

from podnet_lab.changes import Running, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made

BUSY = """
import socket, time
print("ready", flush=True)
while True:
    for port in range(20000, 20006):
        with socket.socket() as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.settimeout(0.02)
            try:
                one.bind(("", port))
                one.connect(("<web-2>", 8080))
            except OSError:
                pass
    time.sleep(0.05)
"""


class FaultClass(Made):
    """A rule drops connections from six source ports of the client, which tries them all the time."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "host-gw")
    changes = (
        nft_chain("node-1", "ip", "forward", "ip daddr <web-2> tcp sport 20000-20005 counter drop", "-5"),
        Running("<client-1.node>", BUSY, "client-1"),
    )
