# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's namespace gives its packets a class of service that node-2 drops."""

from __future__ import annotations

from podnet_lab.changes import nft_chain, pod_rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The client's namespace gives its packets a class of service that node-2 drops."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "host-gw")
    scene = (pod_rule("client-1", "mangle OUTPUT -p tcp --dport 8080 -j DSCP --set-dscp 46"),)
    changes = (nft_chain("node-2", "inet", "forward", "ip dscp ef counter drop", "-9"),)
