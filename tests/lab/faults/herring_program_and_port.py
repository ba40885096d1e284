# SPDX-License-Identifier: GPL-3.0-or-later
"""A harmless program sits on the server's device, and the application listens elsewhere."""

from __future__ import annotations

from podnet_lab.bpf import Bpf
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A harmless program sits on the server's device, and the application listens elsewhere."""

    truth = Truth(
        id="port-not-listening", location={"namespace": "default"}, destination="pod:default/<web-2.name>", port=8099
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (Bpf("node-2", "<web-2.veth>", 9, "tc"),)
