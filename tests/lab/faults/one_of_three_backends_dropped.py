# SPDX-License-Identifier: GPL-3.0-or-later
"""Of three nodes with a pod of a Service one drops what comes for it."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import trio


class FaultClass(Made):
    """Of three nodes with a pod of a Service one drops what comes for it."""

    truth = Truth(id="netfilter-drop", location={"node": "node-3"}, destination="service:default/trio", port=80)
    modes = ("three",)
    attempts = 30
    lost = (3, 20)
    scene = (trio(),)
    changes = (Rule("node-3", "mangle FORWARD -d <trio-3>/32 -p tcp --dport 8080 -j DROP"),)
