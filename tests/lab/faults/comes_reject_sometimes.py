# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 refuses one of four connections to the port, by chance."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic

REFUSED = "-p tcp --dport 8080 --syn -m statistic --mode random --probability 0.25"


class FaultClass(Made):
    """node-2 refuses one of four connections to the port, by chance."""

    truth = Truth(id="netfilter-reject", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    traffic = Traffic("pod:default/client-1", "<web-2>", 8080, apart=0.01)
    attempts = 60
    lost = (4, 40)
    changes = (Rule("node-2", f"filter FORWARD {REFUSED} -j REJECT --reject-with tcp-reset"),)
