# SPDX-License-Identifier: GPL-3.0-or-later
"""A sidecar's redirects are left in the client's namespace, for what comes in and for a user that nobody is."""

from __future__ import annotations

from podnet_lab.changes import pod_rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A sidecar's redirects are left in the client's namespace, for what comes in and for a user that nobody is."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "host-gw")
    changes = (
        pod_rule("client-1", "nat PREROUTING -p tcp -j REDIRECT --to-ports 15006"),
        pod_rule("client-1", "nat OUTPUT -p tcp -m owner --uid-owner 1337 -j REDIRECT --to-ports 15001"),
    )
