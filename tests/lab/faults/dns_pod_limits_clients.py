# SPDX-License-Identifier: GPL-3.0-or-later
"""The firewall in the pod of cluster DNS lets each client ask four times a second."""

from __future__ import annotations

from podnet_lab.changes import pod_rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.sometimes import Questions


class FaultClass(Made):
    """The firewall in the pod of cluster DNS lets each client ask four times a second."""

    truth = Truth(
        id="connection-limit",
        also=("netfilter-drop",),  # what is limited are datagrams, not connections
        location={"namespace": "kube-system", "pod": "<dns.name>"},
        destination="web.default.svc.cluster.local",
        port=80,
    )
    traffic = Questions("pod:default/client-1", "<dns>")
    attempts = 30
    lost = (8, 30)
    changes = (
        pod_rule(
            "dns",
            "filter INPUT -p udp --dport 53 -m hashlimit --hashlimit-above 4/s --hashlimit-burst 4 "
            "--hashlimit-mode srcip --hashlimit-name askers -j DROP",
        ),
    )
