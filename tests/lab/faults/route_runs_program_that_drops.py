# SPDX-License-Identifier: GPL-3.0-or-later
"""A route of node-1 has a BPF program, which drops what takes it."""

from __future__ import annotations

from podnet_lab.bpf_routes import RouteProgram
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A route of node-1 has a BPF program, which drops what takes it."""

    truth = Truth(id="bpf-program-drop", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (RouteProgram("node-1", "<web-2>", "10.244.2.0", "flannel.1"),)
