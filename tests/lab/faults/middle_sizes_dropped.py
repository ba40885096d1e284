# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops packets of some hundred bytes, and passes smaller and larger ones."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """node-2 drops packets of some hundred bytes, and passes smaller and larger ones."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables",)
    traffic = Traffic("pod:default/client-1", "<web-2>", 8080, size=650)
    changes = (nft_chain("node-2", "inet", "forward", "ip daddr <web-2> meta length 700-900 counter drop"),)
