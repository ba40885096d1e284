# SPDX-License-Identifier: GPL-3.0-or-later
"""A NetworkPolicy admits a port by a name that the container gives to none of its ports."""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import policy, serving

POLICY = policy("guarded-1", policyTypes=["Ingress"], ingress=[{"ports": [{"port": "web", "protocol": "TCP"}]}])


class FaultClass(Made):
    """A NetworkPolicy admits a port by a name that the container gives to none of its ports."""

    truth = Truth(
        id="network-policy-deny",
        location={"namespace": "default", "pod": "guarded-1"},
        destination="pod:default/guarded-1",
        port=8080,
    )
    modes = ("host-gw",)
    scene = (serving("guarded-1"),)
    changes = (
        Objects((POLICY,)),
        Run(
            "node-2",
            """
            iptables -w 5 -N KUBE-POD-FW-NAMED
            iptables -w 5 -A KUBE-POD-FW-NAMED -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN
            iptables -w 5 -A KUBE-POD-FW-NAMED -j REJECT
            iptables -w 5 -I FORWARD -d <guarded-1>/32 -j KUBE-POD-FW-NAMED
            """,
            """
            iptables -w 5 -D FORWARD -d <guarded-1>/32 -j KUBE-POD-FW-NAMED
            iptables -w 5 -F KUBE-POD-FW-NAMED
            iptables -w 5 -X KUBE-POD-FW-NAMED
            """,
        ),
    )
