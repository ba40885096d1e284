# SPDX-License-Identifier: GPL-3.0-or-later
"""A rule drops connections from six source ports of the client, which tries them all the time."""

from __future__ import annotations

from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.others import BUSY_DROP


class FaultClass(Made):
    """A rule drops connections from six source ports of the client, which tries them all the time."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "host-gw")
    changes = (*BUSY_DROP,)
