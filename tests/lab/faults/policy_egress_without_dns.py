# SPDX-License-Identifier: GPL-3.0-or-later
"""A NetworkPolicy allows questions to cluster DNS, in a namespace where it does not run."""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving

DNS_PORTS = [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]
WRONG = {"matchLabels": {"kubernetes.io/metadata.name": "kube-dns"}}
POLICY = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "NetworkPolicy",
    "metadata": {"name": "asker", "namespace": "default"},
    "spec": {
        "podSelector": {"matchLabels": {"app": "asker-1"}},
        "policyTypes": ["Egress"],
        "egress": [
            {"to": [{"namespaceSelector": WRONG}], "ports": DNS_PORTS},
            {"to": [{"podSelector": {"matchLabels": {"app": "web"}}}]},
        ],
    },
}


class FaultClass(Made):
    """A NetworkPolicy allows questions to cluster DNS, in a namespace where it does not run."""

    truth = Truth(
        id="network-policy-deny",
        location={"namespace": "default", "pod": "asker-1"},
        source="pod:default/asker-1",
        destination="web.default.svc.cluster.local",
        port=80,
    )
    modes = ("iptables", "nftables")
    scene = (serving("asker-1", "node-1"),)
    changes = (
        Objects((POLICY,)),
        Run(
            "node-1",
            """
            iptables -w 5 -N KUBE-POD-FW-ASKER
            iptables -w 5 -A KUBE-POD-FW-ASKER -p udp --dport 53 -j REJECT
            iptables -w 5 -A KUBE-POD-FW-ASKER -p tcp --dport 53 -j REJECT
            iptables -w 5 -I FORWARD -s <asker-1>/32 -m conntrack ! --ctstate ESTABLISHED -j KUBE-POD-FW-ASKER
            """,
            """
            iptables -w 5 -D FORWARD -s <asker-1>/32 -m conntrack ! --ctstate ESTABLISHED -j KUBE-POD-FW-ASKER
            iptables -w 5 -F KUBE-POD-FW-ASKER
            iptables -w 5 -X KUBE-POD-FW-ASKER
            """,
        ),
    )
