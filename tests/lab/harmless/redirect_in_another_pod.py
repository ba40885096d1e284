# SPDX-License-Identifier: GPL-3.0-or-later
"""Another pod's namespace redirects and drops whatever it sends."""

from __future__ import annotations

from podnet_lab.changes import pod_rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Another pod's namespace redirects and drops whatever it sends."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    changes = (
        pod_rule("client-2", "nat OUTPUT -p tcp -j REDIRECT --to-ports 15001"),
        pod_rule("client-2", "filter OUTPUT -p udp -j DROP"),
    )
