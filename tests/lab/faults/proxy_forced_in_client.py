# SPDX-License-Identifier: GPL-3.0-or-later
"""A sidecar of the client sends all web traffic to the company's proxy, which does not run there any more."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made

RULES = """
chain output {
type nat hook output priority -100; policy accept;
ip daddr 127.0.0.0/8 return
tcp dport { 80, 443, 8080 } dnat to 198.51.100.10:3128
}
"""


class FaultClass(Made):
    """A sidecar of the client sends all web traffic to the company's proxy, which does not run there any more."""

    truth = Truth(
        id="redirect-target-missing",
        location={"node": "node-1", "namespace": "default", "pod": "client-1"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("nftables",)
    changes = (Nft("node-1", "ip", RULES, "proxy", pod="client-1"),)
