# SPDX-License-Identifier: GPL-3.0-or-later
"""A node is asked from outside for the port of a Service, and not for its node port."""

from __future__ import annotations

from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A node is asked from outside for the port of a Service, and not for its node port."""

    truth = Truth(
        id="port-not-listening", location={"node": "node-1"}, source="host:outside", destination="node:node-1", port=80
    )
    modes = ("nftables",)
    born_broken = True
