# SPDX-License-Identifier: GPL-3.0-or-later
"""An agent's BPF program keeps connections from finding the socket that listens."""

from __future__ import annotations

from podnet_lab.bpf_links import lookup_drops
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """An agent's BPF program keeps connections from finding the socket that listens."""

    truth = Truth(
        id="bpf-program-drop",
        location={"node": "node-2", "pod": "<web-2.name>"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables",)
    changes = (lookup_drops("web-2", 8080),)
