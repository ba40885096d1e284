# SPDX-License-Identifier: GPL-3.0-or-later
"""A NetworkPolicy allows the pod network except the network of the client's node."""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import policy, serving

BLOCK = {"cidr": "10.244.0.0/16", "except": ["10.244.1.0/24"]}
POLICY = policy(
    "guarded-1",
    policyTypes=["Ingress"],
    ingress=[{"from": [{"ipBlock": BLOCK}], "ports": [{"port": 8000, "endPort": 8100}]}],
)


class FaultClass(Made):
    """A NetworkPolicy allows the pod network except the network of the client's node."""

    truth = Truth(
        id="network-policy-deny",
        location={"namespace": "default", "pod": "guarded-1"},
        destination="pod:default/guarded-1",
        port=8080,
    )
    modes = ("iptables", "nftables")
    scene = (serving("guarded-1"),)
    changes = (
        Objects((POLICY,)),
        Run(
            "node-2",
            """
            iptables -w 5 -N KUBE-POD-FW-GUARDED
            iptables -w 5 -A KUBE-POD-FW-GUARDED -s 10.244.1.0/24 -p tcp --dport 8000:8100 -j REJECT
            iptables -w 5 -I FORWARD -d <guarded-1>/32 -m conntrack ! --ctstate ESTABLISHED -j KUBE-POD-FW-GUARDED
            """,
            """
            iptables -w 5 -D FORWARD -d <guarded-1>/32 -m conntrack ! --ctstate ESTABLISHED -j KUBE-POD-FW-GUARDED
            iptables -w 5 -F KUBE-POD-FW-GUARDED
            iptables -w 5 -X KUBE-POD-FW-GUARDED
            """,
        ),
    )
