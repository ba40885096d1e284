# SPDX-License-Identifier: GPL-3.0-or-later
"""An agent has put a pod in quarantine: a BPF program at a hook of the packet filter drops what it receives."""

from __future__ import annotations

from podnet_lab.bpf_links import hook_drops
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """An agent has put a pod in quarantine: a BPF program at a hook of the packet filter drops what it receives."""

    truth = Truth(
        id="bpf-program-drop",
        location={"node": "node-2", "pod": "<web-2.name>"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("nftables",)
    changes = (hook_drops("web-2", "input"),)
