# SPDX-License-Identifier: GPL-3.0-or-later
"""A NetworkPolicy selects all pods of the namespace and lets them send nothing."""

from __future__ import annotations

from podnet_lab.changes import Nft, Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import policy

POLICY = policy("unused", policyTypes=["Egress"])
POLICY["spec"]["podSelector"] = {}
BODY = """
chain postrouting {
type filter hook postrouting priority -5; policy accept;
ip saddr <client-1> ct state new drop
}
"""


class FaultClass(Made):
    """A NetworkPolicy selects all pods of the namespace and lets them send nothing."""

    truth = Truth(
        id="network-policy-deny",
        location={"namespace": "default", "pod": "client-1"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("nftables",)
    changes = (Objects((POLICY,)), Nft("node-1", "inet", BODY, "kube-network-policies"))
