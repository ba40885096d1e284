# SPDX-License-Identifier: GPL-3.0-or-later
"""A NetworkPolicy lets a pod talk to a Service's address, which is translated before policies are asked."""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import policy, serving

POLICY = policy("asker-2", policyTypes=["Egress"], egress=[{"to": [{"ipBlock": {"cidr": "<service:web>/32"}}]}])


class FaultClass(Made):
    """A NetworkPolicy lets a pod talk to a Service's address, which is translated before policies are asked."""

    truth = Truth(
        id="network-policy-deny",
        location={"namespace": "default", "pod": "asker-2"},
        source="pod:default/asker-2",
        destination="service:default/web",
        port=80,
    )
    modes = ("iptables", "nftables")
    scene = (serving("asker-2", "node-1"),)
    changes = (
        Objects((POLICY,)),
        Run(
            "node-1",
            """
            iptables -w 5 -N KUBE-POD-FW-ASKER
            iptables -w 5 -A KUBE-POD-FW-ASKER -d <service:web>/32 -j RETURN
            iptables -w 5 -A KUBE-POD-FW-ASKER -j REJECT
            iptables -w 5 -I FORWARD -s <asker-2>/32 -m conntrack ! --ctstate ESTABLISHED -j KUBE-POD-FW-ASKER
            """,
            """
            iptables -w 5 -D FORWARD -s <asker-2>/32 -m conntrack ! --ctstate ESTABLISHED -j KUBE-POD-FW-ASKER
            iptables -w 5 -F KUBE-POD-FW-ASKER
            iptables -w 5 -X KUBE-POD-FW-ASKER
            """,
        ),
    )
