# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service offers the port for UDP only."""

from __future__ import annotations

from podnet_lab.changes import Patched
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A Service offers the port for UDP only."""

    truth = Truth(
        id="service-protocol-mismatch",
        location={"namespace": "default", "service": "web"},
        destination="service:default/web",
        port=80,
    )
    changes = (
        Patched(
            "service web",
            [{"op": "replace", "path": "/spec/ports/0/protocol", "value": "UDP"}],
            [{"op": "replace", "path": "/spec/ports/0/protocol", "value": "TCP"}],
            kind="json",
        ),
    )
