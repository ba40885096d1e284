# SPDX-License-Identifier: GPL-3.0-or-later
"""A table of nft on node-2 drops connections above four a second."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """A table of nft on node-2 drops connections above four a second."""

    truth = Truth(id="connection-limit", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    traffic = Traffic("pod:default/client-1", "<web-2>", 8080, seconds=0.7)
    attempts = 30
    lost = (8, 30)
    changes = (
        nft_chain(
            "node-2", "inet", "forward", "tcp dport 8080 tcp flags syn limit rate over 4/second counter drop", "-5"
        ),
    )
