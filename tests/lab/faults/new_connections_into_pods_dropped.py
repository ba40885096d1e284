# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 takes no new connection to its pods from any other device than their bridge."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 takes no new connection to its pods from any other device than their bridge."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("host-gw",)
    changes = (Rule("node-2", "filter FORWARD ! -i cni0 -o cni0 -m conntrack --ctstate NEW,INVALID -j DROP"),)
