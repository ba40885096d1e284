# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops half of the pairs of addresses by their hash: no packet of this pair."""

from __future__ import annotations

from podnet_lab.faults import Truth
from podnet_lab.others import HashedPairs


class FaultClass(HashedPairs):
    """node-2 drops half of the pairs of addresses by their hash: no packet of this pair."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
