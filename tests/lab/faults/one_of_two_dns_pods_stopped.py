# SPDX-License-Identifier: GPL-3.0-or-later
"""One of two pods of cluster DNS is stopped by a signal, and nobody asks for its readiness in this minute."""

from __future__ import annotations

import typing as t

from podnet_lab.changes import Patched, Run
from podnet_lab.containers import Signalled
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.programs import NamesSoon


def _pods(number: int, period: int) -> dict[str, t.Any]:
    """So many pods, whose readiness is asked for every so many seconds."""
    probe = {
        "httpGet": {"path": "/ready", "port": 8181},
        "periodSeconds": period,
        "initialDelaySeconds": 4 if number > 1 else None,
    }
    return {
        "spec": {
            "replicas": number,
            "template": {"spec": {"containers": [{"name": "coredns", "readinessProbe": probe}]}},
        }
    }


class FaultClass(Made):
    """One of two pods of cluster DNS is stopped by a signal, and nobody asks for its readiness in this minute."""

    truth = Truth(
        id="process-backlog-full",
        also=("dns-server-down",),
        location={"namespace": "kube-system"},
        destination="web.default.svc.cluster.local",
        port=80,
    )
    modes = ("iptables",)
    changes_pods = True
    settle_seconds = 60
    traffic = NamesSoon("pod:default/client-1", "web.default.svc.cluster.local", 80, seconds=2.0)
    attempts = 12
    lost = (2, 12)
    changes = (
        Patched("deployment coredns kube-system", _pods(2, 100), _pods(1, 1), rollout=True),
        # The pod before answers for some seconds more (lameduck).
        Run("controller", "sleep 10"),
        Signalled("<dns.name>", namespace="kube-system"),
    )
