# SPDX-License-Identifier: GPL-3.0-or-later
"""A mesh was removed, and the server's namespace still hands its connections to a transparent proxy.

Public report: istio/istio#19717.
"""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made

DO = """
ip rule add fwmark 0x539 lookup 133
ip route add local default dev lo table 133
iptables -w 5 -t mangle -N ISTIO_INBOUND
iptables -w 5 -t mangle -N ISTIO_TPROXY
iptables -w 5 -t mangle -A PREROUTING -p tcp -j ISTIO_INBOUND
iptables -w 5 -t mangle -A ISTIO_INBOUND -p tcp --dport 15090 -j RETURN
iptables -w 5 -t mangle -A ISTIO_INBOUND -p tcp --dport 15021 -j RETURN
iptables -w 5 -t mangle -A ISTIO_INBOUND -p tcp -i lo -m mark ! --mark 0x539 -j RETURN
iptables -w 5 -t mangle -A ISTIO_INBOUND -p tcp -j ISTIO_TPROXY
iptables -w 5 -t mangle -A ISTIO_TPROXY ! -d 127.0.0.1/32 -p tcp -j TPROXY --on-port 15006 --tproxy-mark 0x539
"""
BACK = """
iptables -w 5 -t mangle -F
iptables -w 5 -t mangle -X
ip rule del fwmark 0x539 lookup 133
ip route flush table 133
"""


class FaultClass(Made):
    """A mesh was removed, and the server's namespace still hands its connections to a transparent proxy."""

    truth = Truth(
        id="redirect-target-missing",
        location={"node": "node-2", "namespace": "default", "pod": "<web-2.name>"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables", "nftables")
    changes = (in_pod("web-2", DO, BACK),)
