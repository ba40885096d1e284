# SPDX-License-Identifier: GPL-3.0-or-later
"""The DNS server that cluster DNS forwards to does not answer: it is stopped."""

from __future__ import annotations

from podnet_lab.changes import Frozen
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The DNS server that cluster DNS forwards to does not answer: it is stopped."""

    truth = Truth(id="dns-upstream-failing", destination="controller.lab.example", port=22)
    changes = (Frozen("outside", "coredns"),)
