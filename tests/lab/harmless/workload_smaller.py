# SPDX-License-Identifier: GPL-3.0-or-later
"""The workload behind a Service has one replica where it had two."""

from __future__ import annotations

from podnet_lab.changes import Patched
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The workload behind a Service has one replica where it had two."""

    truth = Truth(id="", destination="service:default/web", port=80)
    changes_pods = True
    changes = (Patched("deployment web", {"spec": {"replicas": 1}}, {"spec": {"replicas": 2}}, rollout=True),)
