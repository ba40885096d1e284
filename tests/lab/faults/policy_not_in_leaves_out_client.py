# SPDX-License-Identifier: GPL-3.0-or-later
"""A NetworkPolicy admits datagrams of all pods but those of some apps, and the client is of one."""

from __future__ import annotations

from podnet_lab.changes import Nft, Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import echo_server, pod, policy, service

FROM = {"podSelector": {"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["batch", "client"]}]}}
POLICY = policy("guarded-1", ingress=[{"from": [FROM], "ports": [{"port": 9000, "protocol": "UDP"}]}])
BODY = """
chain postrouting {
type filter hook postrouting priority -5; policy accept;
ip daddr <guarded-1> ip saddr <client-1> ct state new drop
}
"""


class FaultClass(Made):
    """A NetworkPolicy admits datagrams of all pods but those of some apps, and the client is of one."""

    truth = Truth(
        id="network-policy-deny",
        location={"namespace": "default", "pod": "guarded-1"},
        destination="service:default/guarded-1",
        port=9000,
        protocol="udp",
    )
    modes = ("nftables",)
    scene = (
        Objects(
            (
                pod("guarded-1", command=echo_server(9000), port=9000),
                service("guarded-1", port=9000, target=9000, protocol="UDP"),
            ),
            ready=("guarded-1",),
        ),
    )
    changes = (Objects((POLICY,)), Nft("node-2", "inet", BODY, "kube-network-policies"))
