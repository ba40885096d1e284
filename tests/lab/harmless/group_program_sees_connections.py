# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs that see connections on the control groups of both nodes mean other ones."""

from __future__ import annotations

from podnet_lab.bpf import GroupBpf
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Programs that see connections on the control groups of both nodes mean other ones."""

    truth = Truth(id="", source="node:node-1", destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "host-gw")
    changes = (GroupBpf("node-1", "<web-2>", 9, "connect"), GroupBpf("node-2", "<web-2>", 9, "connect", "kubepods"))
