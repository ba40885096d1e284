# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 has a wrong entry for the pod, beside a policy that denies and is not enforced, and drops of Docker."""

from __future__ import annotations

from podnet_lab.changes import Nft, Objects, Rule, Run, Sysctl
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import policy, serving

POLICY = policy("guarded-1", policyTypes=["Ingress"])
BODY = """
chain filter-FORWARD {
type filter hook forward priority 0; policy accept;
oifname "docker0" counter drop
iifname "docker0" counter drop
}
"""


class FaultClass(Made):
    """node-2 has a wrong entry for the pod, beside a policy that denies and is not enforced, and drops of Docker."""

    truth = Truth(id="neighbour-failed", location={"node": "node-2"}, destination="pod:default/guarded-1", port=8080)
    modes = ("nftables", "host-gw")
    scene = (serving("guarded-1"),)
    changes = (
        Objects((POLICY,)),
        Nft("node-2", "ip", BODY, "docker-bridges"),
        Rule("node-1", "filter FORWARD -s 172.17.0.0/16 -j DROP"),
        Sysctl("node-2", "net/ipv4/conf/eth0/rp_filter", "1", "0"),
        Run(
            "node-2",
            "ip neigh replace <guarded-1> lladdr 02:00:5e:00:53:77 dev cni0 nud permanent",
            "ip neigh del <guarded-1> dev cni0",
        ),
    )
