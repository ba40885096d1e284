# SPDX-License-Identifier: GPL-3.0-or-later
"""A program accepts nobody, and its queue is full."""

from __future__ import annotations

from podnet_lab.changes import Running
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving
from podnet_lab.servers import filling, stuck


class FaultClass(Made):
    """A program accepts nobody, and its queue is full."""

    truth = Truth(
        id="process-backlog-full",
        location={"node": "node-2", "namespace": "default", "pod": "stuck-1"},
        destination="pod:default/stuck-1",
        port=8080,
    )
    modes = ("iptables", "nftables")
    changes = (serving("stuck-1", command=stuck()), Running("node-2", filling("<stuck-1>"), pod="client-2"))
    born_broken = True
