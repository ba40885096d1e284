# SPDX-License-Identifier: GPL-3.0-or-later
"""A macvlan stands on each NIC, and the server's own namespace rejects the port."""

from __future__ import annotations

from podnet_lab.changes import Run, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A macvlan stands on each NIC, and the server's own namespace rejects the port."""

    truth = Truth(
        id="netfilter-reject",
        location={"namespace": "default", "pod": "<web-2.name>"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("nftables", "host-gw")
    changes = (
        Run("node-2", "ip link add link eth0 name mv0 type macvlan mode bridge\nip link set mv0 up", "ip link del mv0"),
        nft_chain("node-2", "inet", "input", "tcp dport 8080 reject", pod="web-2"),
    )
