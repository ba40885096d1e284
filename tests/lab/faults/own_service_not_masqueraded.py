# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 accepts what pods send to pods before it masquerades: a pod that asks its own Service meets itself."""

from __future__ import annotations

from podnet_lab.changes import Objects, Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """node-2 accepts what pods send to pods before it masquerades: a pod that asks its own Service meets itself."""

    truth = Truth(
        id="snat-missing",
        location={"node": "node-2"},
        source="pod:default/self-2",
        destination="service:default/self-2",
        port=80,
    )
    modes = ("iptables", "host-gw")
    scene = (Objects((pod("self-2"), service("self-2")), ready=("self-2",)),)
    changes = (Rule("node-2", "nat POSTROUTING -s 10.244.0.0/16 -d 10.244.0.0/16 -j ACCEPT"),)
