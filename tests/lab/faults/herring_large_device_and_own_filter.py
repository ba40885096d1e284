# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's device on the node takes larger packets than the pod's; the client's own filter drops."""

from __future__ import annotations

from podnet_lab.changes import Run, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The server's device on the node takes larger packets than the pod's; the client's own filter drops."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-1", "namespace": "default", "pod": "client-1"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables", "host-gw")
    changes = (
        Run("node-2", "ip link set <web-2.veth> mtu 9000", "ip link set <web-2.veth> mtu 1450"),
        nft_chain("node-1", "inet", "output", "ip daddr 10.244.2.0/24 tcp dport 8000-8999 drop", pod="client-1"),
    )
