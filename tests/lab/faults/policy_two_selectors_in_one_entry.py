# SPDX-License-Identifier: GPL-3.0-or-later
"""A NetworkPolicy means pods with the label or of the namespace, and says pods with the label in the namespace."""

from __future__ import annotations

from podnet_lab.changes import Nft, Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import policy, serving

FROM = {
    "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ops"}},
    "podSelector": {"matchLabels": {"app": "client"}},
}
POLICY = policy("guarded-1", policyTypes=["Ingress"], ingress=[{"from": [FROM]}])
MORE = policy("guarded-1", policyTypes=["Ingress"], ingress=[{"ports": [{"port": 9090, "protocol": "TCP"}]}])
MORE["metadata"] = {**MORE["metadata"], "name": "guarded-metrics"}
BODY = """
chain postrouting {
type filter hook postrouting priority -5; policy accept;
ip daddr <guarded-1> ct state new tcp dport != 9090 drop
}
"""


class FaultClass(Made):
    """A NetworkPolicy means pods with the label or of the namespace, and says pods with the label in the namespace."""

    truth = Truth(
        id="network-policy-deny",
        location={"namespace": "default", "pod": "guarded-1"},
        destination="pod:default/guarded-1",
        port=8080,
    )
    modes = ("nftables",)
    scene = (serving("guarded-1"),)
    changes = (Objects((POLICY, MORE)), Nft("node-2", "inet", BODY, "kube-network-policies"))
