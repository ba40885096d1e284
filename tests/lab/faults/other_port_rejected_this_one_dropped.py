# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 refuses another port of the pod with ICMP, which is tried all the time; node-2 drops this one."""

from __future__ import annotations

from podnet_lab.changes import Running, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made

BUSY = """
import socket, time
print("ready", flush=True)
while True:
    try:
        socket.create_connection(("<web-2>", 8081), 0.2).close()
    except OSError:
        pass
    time.sleep(0.05)
"""


class FaultClass(Made):
    """node-1 refuses another port of the pod with ICMP, which is tried all the time; node-2 drops this one."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "host-gw")
    changes = (
        nft_chain(
            "node-1", "inet", "forward", "ip daddr <web-2> tcp dport 8081 reject with icmp type admin-prohibited"
        ),
        Running("<client-1.node>", BUSY, "client-1"),
        nft_chain("node-2", "inet", "forward", "ip daddr <web-2> tcp dport 8080 drop", "20"),
    )
