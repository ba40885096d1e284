# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 redirects its pods' port 8080 to a proxy of its own that does not run."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 redirects its pods' port 8080 to a proxy of its own that does not run."""

    truth = Truth(
        id="redirect-target-missing", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("iptables", "nftables")
    changes = (Rule("node-1", "nat PREROUTING -i cni0 -p tcp --dport 8080 -j REDIRECT --to-ports 15001"),)
