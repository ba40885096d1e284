# SPDX-License-Identifier: GPL-3.0-or-later
"""A rule of node-2 with a match of bytecode drops four of ten connections by chance."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic

# A random number; its last byte; below 100 it matches.
DICE = "5,32 0 0 4294963256,84 0 0 255,53 1 0 100,6 0 0 65535,6 0 0 0"


class FaultClass(Made):
    """A rule of node-2 with a match of bytecode drops four of ten connections by chance."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables",)
    traffic = Traffic("pod:default/client-1", "<web-2>", 8080, seconds=0.7)
    attempts = 40
    lost = (6, 34)
    changes = (Rule("node-2", f"filter FORWARD -p tcp --dport 8080 --syn -m bpf --bytecode '{DICE}' -j DROP"),)
