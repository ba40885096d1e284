# SPDX-License-Identifier: GPL-3.0-or-later
"""A NetworkPolicy admits the client by its label, and the engine's set on node-2 has an earlier address.

Public report: cloudnativelabs/kube-router#2059, #378, k3s-io/k3s#10053.
"""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import policy, serving

POLICY = policy(
    "guarded-3", policyTypes=["Ingress"], ingress=[{"from": [{"podSelector": {"matchLabels": {"app": "asker-6"}}}]}]
)
DO = """
ipset create KUBE-SRC-DEZFJSJBULNQ hash:ip
ipset add KUBE-SRC-DEZFJSJBULNQ 10.244.1.241
iptables -w 5 -N KUBE-ROUTER-FORWARD
iptables -w 5 -N KUBE-POD-FW-5XQ2GUARD
iptables -w 5 -N KUBE-NWPLCY-GUARDED
iptables -w 5 -A KUBE-NWPLCY-GUARDED -m set --match-set KUBE-SRC-DEZFJSJBULNQ src -j MARK --set-xmark 0x10000/0x10000
iptables -w 5 -A KUBE-NWPLCY-GUARDED -m mark --mark 0x10000/0x10000 -j RETURN
iptables -w 5 -A KUBE-POD-FW-5XQ2GUARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
iptables -w 5 -A KUBE-POD-FW-5XQ2GUARD -m addrtype --src-type LOCAL -j ACCEPT
iptables -w 5 -A KUBE-POD-FW-5XQ2GUARD -j KUBE-NWPLCY-GUARDED
iptables -w 5 -A KUBE-POD-FW-5XQ2GUARD -m mark ! --mark 0x10000/0x10000 -j REJECT --reject-with icmp-port-unreachable
iptables -w 5 -A KUBE-POD-FW-5XQ2GUARD -j MARK --set-xmark 0x0/0x10000
iptables -w 5 -A KUBE-ROUTER-FORWARD -d <guarded-3> -j KUBE-POD-FW-5XQ2GUARD
iptables -w 5 -I FORWARD -j KUBE-ROUTER-FORWARD
"""
BACK = """
iptables -w 5 -D FORWARD -j KUBE-ROUTER-FORWARD
iptables -w 5 -F KUBE-ROUTER-FORWARD
iptables -w 5 -F KUBE-POD-FW-5XQ2GUARD
iptables -w 5 -F KUBE-NWPLCY-GUARDED
iptables -w 5 -X KUBE-ROUTER-FORWARD
iptables -w 5 -X KUBE-POD-FW-5XQ2GUARD
iptables -w 5 -X KUBE-NWPLCY-GUARDED
ipset destroy KUBE-SRC-DEZFJSJBULNQ
"""


class FaultClass(Made):
    """A NetworkPolicy admits the client by its label, and the engine's set on node-2 has an earlier address."""

    truth = Truth(
        id="netfilter-reject",
        location={"node": "node-2"},
        source="pod:default/asker-6",
        destination="pod:default/guarded-3",
        port=8080,
    )
    modes = ("iptables", "nftables")
    scene = (serving("asker-6", "node-1"), serving("guarded-3"))
    changes = (Objects((POLICY,)), Run("node-2", DO, BACK))
