# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's own firewall drops four of ten answers that open a connection; pings and datagrams pass."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """The client's own firewall drops four of ten answers that open a connection; pings and datagrams pass."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-1", "namespace": "default", "pod": "client-1"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    traffic = Traffic("pod:default/client-1", "<web-2>", 8080, seconds=0.7)
    attempts = 40
    lost = (6, 32)
    changes = (
        nft_chain(
            "node-1",
            "ip",
            "input",
            "tcp sport 8080 tcp flags & (syn | ack) == (syn | ack) numgen random mod 10 < 4 counter drop",
            pod="client-1",
        ),
    )
