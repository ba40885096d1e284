# SPDX-License-Identifier: GPL-3.0-or-later
"""Chains of a chaos experiment are left in the client's namespace, with a set that has others.

Public report: chaos-mesh/chaos-mesh#721.
"""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made

DO = """
ipset create netwo_73d556afab44037eb_src hash:ip
ipset add netwo_73d556afab44037eb_src 10.244.9.9
iptables -w 5 -N CHAOS-INPUT
iptables -w 5 -N CHAOS-OUTPUT
iptables -w 5 -N INPUT/netwo_73d556afab4403_
iptables -w 5 -A INPUT -j CHAOS-INPUT
iptables -w 5 -A OUTPUT -j CHAOS-OUTPUT
iptables -w 5 -A CHAOS-INPUT -j INPUT/netwo_73d556afab4403_
iptables -w 5 -A INPUT/netwo_73d556afab4403_ -m set --match-set netwo_73d556afab44037eb_src src -j DROP
"""
BACK = """
iptables -w 5 -D INPUT -j CHAOS-INPUT
iptables -w 5 -D OUTPUT -j CHAOS-OUTPUT
iptables -w 5 -F CHAOS-INPUT
iptables -w 5 -F INPUT/netwo_73d556afab4403_
iptables -w 5 -X INPUT/netwo_73d556afab4403_
iptables -w 5 -X CHAOS-OUTPUT
iptables -w 5 -X CHAOS-INPUT
ipset destroy netwo_73d556afab44037eb_src
"""


class FaultClass(Made):
    """Chains of a chaos experiment are left in the client's namespace, with a set that has others."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "host-gw")
    changes = (in_pod("client-1", DO, BACK),)
