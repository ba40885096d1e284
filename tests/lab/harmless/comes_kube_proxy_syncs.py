# SPDX-License-Identifier: GPL-3.0-or-later
"""Services come and go, and kube-proxy writes its rules."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import service


class FaultClass(Made):
    """Services come and go, and kube-proxy writes its rules."""

    truth = Truth(id="", destination="service:default/web", port=80)
    changes = (Objects(tuple(service(f"coming-{number}") for number in range(5))),)
