# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod asks its own Service, and takes nothing from its gateway, by whose address it then comes."""

from __future__ import annotations

from podnet_lab.changes import Objects, pod_rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """A pod asks its own Service, and takes nothing from its gateway, by whose address it then comes."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-2", "namespace": "default", "pod": "self-3"},
        source="pod:default/self-3",
        destination="service:default/self-3",
        port=80,
    )
    modes = ("nftables", "host-gw")
    scene = (Objects((pod("self-3"), service("self-3")), ready=("self-3",)),)
    changes = (pod_rule("self-3", "filter INPUT -s 10.244.2.1/32 -p tcp -j DROP"),)
