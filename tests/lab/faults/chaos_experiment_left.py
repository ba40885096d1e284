# SPDX-License-Identifier: GPL-3.0-or-later
"""An experiment of chaos is over, and of its doubled rule in the client's namespace one is left.

Public report: chaos-mesh/chaos-mesh#763, #310.
"""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made

DO = """
ipset create netwo_73d556afab44037eb_tgt hash:ip
ipset add netwo_73d556afab44037eb_tgt <web-2>
iptables -w 5 -N CHAOS-INPUT
iptables -w 5 -N CHAOS-OUTPUT
iptables -w 5 -N OUTPUT/netwo_73d556afab440_
iptables -w 5 -A INPUT -j CHAOS-INPUT
iptables -w 5 -A OUTPUT -j CHAOS-OUTPUT
iptables -w 5 -A CHAOS-OUTPUT -j OUTPUT/netwo_73d556afab440_
iptables -w 5 -A OUTPUT/netwo_73d556afab440_ -m set --match-set netwo_73d556afab44037eb_tgt dst -j DROP
"""
BACK = """
iptables -w 5 -D INPUT -j CHAOS-INPUT
iptables -w 5 -D OUTPUT -j CHAOS-OUTPUT
iptables -w 5 -F CHAOS-OUTPUT
iptables -w 5 -F OUTPUT/netwo_73d556afab440_
iptables -w 5 -X OUTPUT/netwo_73d556afab440_
iptables -w 5 -X CHAOS-OUTPUT
iptables -w 5 -X CHAOS-INPUT
ipset destroy netwo_73d556afab44037eb_tgt
"""


class FaultClass(Made):
    """An experiment of chaos is over, and of its doubled rule in the client's namespace one is left."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-1", "namespace": "default", "pod": "client-1"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables", "nftables", "host-gw")
    changes = (in_pod("client-1", DO, BACK),)
