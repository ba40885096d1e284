# SPDX-License-Identifier: GPL-3.0-or-later
"""A server says the time and closes, as such servers do."""

from __future__ import annotations

from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving
from podnet_lab.servers import GREETS_AND_CLOSES, server


class FaultClass(Made):
    """A server says the time and closes, as such servers do."""

    truth = Truth(id="", destination="pod:default/time-1", port=8080)
    born_broken = True
    changes = (serving("time-1", command=server(GREETS_AND_CLOSES)),)
