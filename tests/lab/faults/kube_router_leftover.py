# SPDX-License-Identifier: GPL-3.0-or-later
"""kube-router was removed from node-2, and its chains still reject what no policy of it has marked."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made

CHAINS = """
ipset create KUBE-SRC-OLD hash:ip
ipset add KUBE-SRC-OLD 10.244.1.251
iptables -N KUBE-ROUTER-FORWARD
iptables -N KUBE-POD-FW-7XQHGD
iptables -N KUBE-NWPLCY-OLD
iptables -A KUBE-NWPLCY-OLD -m set --match-set KUBE-SRC-OLD src -j MARK --set-xmark 0x10000/0x10000
iptables -A KUBE-NWPLCY-OLD -m set --match-set KUBE-SRC-OLD src -m mark --mark 0x10000/0x10000 -j RETURN
iptables -A KUBE-POD-FW-7XQHGD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
iptables -A KUBE-POD-FW-7XQHGD -d <web-2> -m addrtype --src-type LOCAL -j ACCEPT
iptables -A KUBE-POD-FW-7XQHGD -j KUBE-NWPLCY-OLD
iptables -A KUBE-POD-FW-7XQHGD -m mark ! --mark 0x10000/0x10000 -m limit --limit 10/min -j NFLOG --nflog-group 100
iptables -A KUBE-POD-FW-7XQHGD -m mark ! --mark 0x10000/0x10000 -j REJECT
iptables -A KUBE-POD-FW-7XQHGD -j MARK --set-xmark 0x0/0x10000
iptables -A KUBE-POD-FW-7XQHGD -j MARK --set-xmark 0x20000/0x20000
iptables -A KUBE-ROUTER-FORWARD -d <web-2> -j KUBE-POD-FW-7XQHGD
iptables -I FORWARD -j KUBE-ROUTER-FORWARD
"""
GONE = """
iptables -D FORWARD -j KUBE-ROUTER-FORWARD
iptables -F KUBE-ROUTER-FORWARD
iptables -F KUBE-POD-FW-7XQHGD
iptables -F KUBE-NWPLCY-OLD
iptables -X KUBE-ROUTER-FORWARD
iptables -X KUBE-POD-FW-7XQHGD
iptables -X KUBE-NWPLCY-OLD
ipset destroy KUBE-SRC-OLD
"""


class FaultClass(Made):
    """kube-router was removed from node-2, and its chains still reject what no policy of it has marked."""

    truth = Truth(id="netfilter-reject", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    changes = (Run("node-2", CHAINS, GONE),)
