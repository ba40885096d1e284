# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service has no selector, and nobody has written a slice for it."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import service


class FaultClass(Made):
    """A Service has no selector, and nobody has written a slice for it."""

    truth = Truth(
        id="service-no-endpoints",
        location={"namespace": "default", "service": "hollow"},
        destination="service:default/hollow",
        port=80,
    )
    modes = ("nftables",)
    born_broken = True
    changes = (Objects((service("hollow", app=None),)),)
