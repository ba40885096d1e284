# SPDX-License-Identifier: GPL-3.0-or-later
"""A program accepts nobody, and its pod resets what does not fit into the queue."""

from __future__ import annotations

from podnet_lab.changes import Running, Sysctl
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving
from podnet_lab.servers import filling, stuck
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """A program accepts nobody, and its pod resets what does not fit into the queue."""

    truth = Truth(
        id="process-backlog-full",
        location={"node": "node-2", "namespace": "default", "pod": "stuck-2"},
        destination="pod:default/stuck-2",
        port=8080,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    traffic = Traffic("pod:default/client-1", "<stuck-2>", 8080, size=10)
    changes = (
        serving("stuck-2", command=stuck()),
        Sysctl("node-2", "net/ipv4/tcp_abort_on_overflow", "1", "0", pod="stuck-2"),
        Running("node-2", filling("<stuck-2>"), pod="client-2"),
    )
