# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service without pods of its label anywhere: the workload was never made."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import service


class FaultClass(Made):
    """A Service without pods of its label anywhere: the workload was never made."""

    truth = Truth(
        id="service-selector-mismatch",
        location={"namespace": "default", "service": "billing"},
        destination="service:default/billing",
        port=80,
    )
    born_broken = True
    changes = (Objects((service("billing"),)),)
