# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service is asked on a port that it does not have."""

from __future__ import annotations

from podnet_lab.changes import Patched
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A Service is asked on a port that it does not have."""

    truth = Truth(
        id="service-port-missing",
        location={"namespace": "default", "service": "web"},
        destination="service:default/web",
        port=80,
    )
    changes = (
        Patched(
            "service web",
            [{"op": "replace", "path": "/spec/ports/0/port", "value": 81}],
            [{"op": "replace", "path": "/spec/ports/0/port", "value": 80}],
            kind="json",
        ),
    )
