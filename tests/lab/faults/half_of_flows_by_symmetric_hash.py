# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's namespace drops half of the flows by a hash that both directions share."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The server's namespace drops half of the flows by a hash that both directions share."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-2", "namespace": "default", "pod": "<web-2.name>"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables",)
    attempts = 40
    lost = (5, 36)
    changes = (nft_chain("<web-2.node>", "inet", "input", "tcp dport 8080 symhash mod 2 0 drop", pod="web-2"),)
