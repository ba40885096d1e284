# SPDX-License-Identifier: GPL-3.0-or-later
"""The bridge of node-2 drops a pod's answers as they come in from it."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The bridge of node-2 drops a pod's answers as they come in from it."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    changes = (nft_chain("node-2", "bridge", "prerouting", "ip saddr <web-2> tcp sport 8080 drop"),)
