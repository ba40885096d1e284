# SPDX-License-Identifier: GPL-3.0-or-later
"""A VPN's kill switch is left on node-1: it rejects what is not for the VPN, but for TCP in the own network."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A VPN's kill switch is left on node-1: it rejects what is not for the VPN, but for TCP in the own network."""

    truth = Truth(id="netfilter-reject", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables",)
    changes = (
        Rule("node-1", "filter OUTPUT ! -o wg0 -m mark ! --mark 0xca6c -m addrtype ! --dst-type LOCAL -j REJECT"),
        Rule("node-1", "filter OUTPUT -d 192.0.2.0/24 -p tcp -j ACCEPT"),
        Rule("node-1", "filter OUTPUT -o cni0 -j ACCEPT"),
    )
