# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service has two ports; nobody asks for the second, which leads to a port where no pod listens."""

from __future__ import annotations

from podnet_lab.changes import Objects, Patched
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

SECOND = {"name": "admin", "port": 81, "targetPort": 8099, "protocol": "TCP"}


class FaultClass(Made):
    """A Service has two ports; nobody asks for the second, which leads to a port where no pod listens."""

    truth = Truth(id="", destination="service:default/two", port=80)
    modes = ("nftables", "host-gw")
    scene = (Objects((pod("two-1", labels={"app": "two"}), service("two")), ready=("two-1",)),)
    changes = (
        Patched(
            "service two",
            [{"op": "add", "path": "/spec/ports/1", "value": SECOND}],
            [{"op": "remove", "path": "/spec/ports/1"}],
            kind="json",
        ),
    )
