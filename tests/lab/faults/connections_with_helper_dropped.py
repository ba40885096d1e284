# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 gives a port's connections the helper of another protocol, and drops those that have it."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made

BODY = """
ct helper files {
    type "ftp" protocol tcp
}
chain early {
    type filter hook prerouting priority -50; policy accept;
    ip daddr <web-2> tcp dport 8080 ct helper set "files"
}
chain first {
    type filter hook forward priority -5; policy accept;
    ct helper "ftp" drop
}
"""


class FaultClass(Made):
    """node-2 gives a port's connections the helper of another protocol, and drops those that have it."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables",)
    changes = (Nft("node-2", "ip", BODY),)
