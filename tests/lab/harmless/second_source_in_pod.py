# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod has a second address, which it does not use."""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A pod has a second address, which it does not use."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables",)
    changes = (in_pod("client-1", "ip addr add 10.99.0.5/32 dev eth0", "ip addr del 10.99.0.5/32 dev eth0"),)
