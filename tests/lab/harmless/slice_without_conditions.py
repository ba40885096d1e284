# SPDX-License-Identifier: GPL-3.0-or-later
"""A slice written by hand says nothing of its endpoints' conditions: they count as ready."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import endpoints, service

BARE = endpoints("bare-1", "<web-1>", "<web-2>")
for endpoint in BARE["endpoints"]:
    endpoint.pop("conditions")


class FaultClass(Made):
    """A slice written by hand says nothing of its endpoints' conditions: they count as ready."""

    truth = Truth(id="", destination="service:default/bare-1", port=80)
    modes = ("nftables",)
    born_broken = True
    changes = (Objects((service("bare-1", app=None), BARE)),)
