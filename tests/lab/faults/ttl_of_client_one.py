# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's packets start with a TTL of 1."""

from __future__ import annotations

from podnet_lab.changes import Sysctl
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The client's packets start with a TTL of 1."""

    truth = Truth(
        id="ttl-exceeded",
        location={"node": "node-1", "pod": "client-1"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables", "nftables")
    changes = (Sysctl("node-1", "net/ipv4/ip_default_ttl", "1", "64", pod="client-1"),)
