# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service sends to a port on which its pods do not listen."""

from __future__ import annotations

from podnet_lab.changes import Patched
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A Service sends to a port on which its pods do not listen."""

    truth = Truth(
        id="service-target-port-mismatch",
        location={"namespace": "default", "service": "web"},
        destination="service:default/web",
        port=80,
    )
    modes = ("iptables", "nftables")
    changes = (
        Patched(
            "service web",
            [{"op": "replace", "path": "/spec/ports/0/targetPort", "value": 8081}],
            [{"op": "replace", "path": "/spec/ports/0/targetPort", "value": "http"}],
            kind="json",
        ),
    )
