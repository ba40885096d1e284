# SPDX-License-Identifier: GPL-3.0-or-later
"""The firewall in a DNS pod drops a third of its answers."""

from __future__ import annotations

from podnet_lab.changes import pod_rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.sometimes import Questions


class FaultClass(Made):
    """The firewall in a DNS pod drops a third of its answers."""

    truth = Truth(
        id="netfilter-drop",
        location={"namespace": "kube-system", "pod": "<dns.name>"},
        destination="web.default.svc.cluster.local",
        port=80,
    )
    traffic = Questions("pod:default/client-1", "<dns>")
    attempts = 60
    lost = (4, 45)
    changes = (pod_rule("dns", "filter OUTPUT -p udp --sport 53 -m statistic --mode random --probability 0.3 -j DROP"),)
