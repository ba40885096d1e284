# SPDX-License-Identifier: GPL-3.0-or-later
"""The firewall in the server pod limits new connections."""

from __future__ import annotations

from podnet_lab.changes import pod_rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """The firewall in the server pod limits new connections."""

    truth = Truth(
        id="connection-limit",
        location={"node": "node-2", "namespace": "default", "pod": "<web-2.name>"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    traffic = Traffic("pod:default/client-1", "<web-2>", 8080, seconds=0.7)
    attempts = 30
    lost = (8, 30)
    changes = (
        pod_rule("web-2", "filter INPUT -p tcp --syn --dport 8080 -j DROP"),
        pod_rule("web-2", "filter INPUT -p tcp --syn --dport 8080 -m limit --limit 5/s --limit-burst 6 -j ACCEPT"),
    )
