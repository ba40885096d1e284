# SPDX-License-Identifier: GPL-3.0-or-later
"""The workload behind a Service has no replicas."""

from __future__ import annotations

from podnet_lab.changes import Patched
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The workload behind a Service has no replicas."""

    truth = Truth(
        id="service-no-endpoints",
        location={"namespace": "default", "service": "web"},
        destination="service:default/web",
        port=80,
    )
    modes = ("iptables", "nftables")
    changes_pods = True
    changes = (Patched("deployment web", {"spec": {"replicas": 0}}, {"spec": {"replicas": 2}}, rollout=True),)
