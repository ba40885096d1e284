# SPDX-License-Identifier: GPL-3.0-or-later
"""A slice that a person wrote has the right address and a port that the pod does not serve."""

from __future__ import annotations

from podnet_lab.changes import Objects, Patched
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import endpoints, service, serving


class FaultClass(Made):
    """A slice that a person wrote has the right address and a port that the pod does not serve."""

    truth = Truth(
        id="port-not-listening",
        location={"namespace": "default", "pod": "byhand-1"},
        destination="service:default/hand-1",
        port=80,
    )
    scene = (serving("byhand-1"), Objects((service("hand-1", app=None), endpoints("hand-1", "<byhand-1>"))))
    changes = (
        Patched(
            "endpointslice hand-1-1",
            [{"op": "replace", "path": "/ports/0/port", "value": 8099}],
            [{"op": "replace", "path": "/ports/0/port", "value": 8080}],
            "json",
        ),
    )
