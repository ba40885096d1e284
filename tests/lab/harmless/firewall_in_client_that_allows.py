# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's own namespace has policies DROP, and rules that allow what it does."""

from __future__ import annotations

from podnet_lab.changes import in_pod, pod_rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The client's own namespace has policies DROP, and rules that allow what it does."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    changes = (
        pod_rule("client-1", "filter OUTPUT -j ACCEPT"),
        pod_rule("client-1", "filter INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT"),
        in_pod(
            "client-1",
            "iptables -P OUTPUT DROP\niptables -P INPUT DROP",
            "iptables -P OUTPUT ACCEPT\niptables -P INPUT ACCEPT",
        ),
    )
