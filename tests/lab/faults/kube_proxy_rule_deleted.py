# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody deleted the rule that leads to a Service on node-1; kube-proxy is stopped and does not write it again."""

from __future__ import annotations

from podnet_lab.changes import Frozen, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """What is changed, and whose traffic suffers."""

    about = (
        "Somebody deleted the rule that leads to a Service on node-1; kube-proxy is stopped and does not write it again"
    )
    truth = Truth(id="kube-proxy-rules-stale", location={"node": "node-1"}, destination="service:default/web", port=80)
    changes = (
        Frozen("node-1", "kube-proxy", replaced=True),
        Run(
            "node-1",
            "sh -c \"iptables-save -t nat | grep -e '-A KUBE-SERVICES -d <service:web>/32' | sed 's/^-A/-D/' | "
            'while read -r rule; do eval iptables -t nat $rule; done"',
        ),
    )
