# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's own namespace redirects its connections to a proxy that is not there."""

from __future__ import annotations

from podnet_lab.changes import pod_rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The client's own namespace redirects its connections to a proxy that is not there."""

    truth = Truth(
        id="redirect-target-missing",
        location={"node": "node-1", "namespace": "default", "pod": "client-1"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables", "nftables")
    changes = (pod_rule("client-1", "nat OUTPUT -p tcp --dport 8080 -j REDIRECT --to-ports 15001"),)
