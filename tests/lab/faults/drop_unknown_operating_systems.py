# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops first packets of operating systems that it has no fingerprint of."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 drops first packets of operating systems that it has no fingerprint of."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "host-gw")
    changes = (nft_chain("node-2", "inet", "forward", 'tcp dport 8080 tcp flags syn osf name "unknown" drop'),)
