# SPDX-License-Identifier: GPL-3.0-or-later
"""A server has a second network by which it answers the client, and filters strictly by the way back."""

from __future__ import annotations

from podnet_lab.changes import Sysctl, in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving
from podnet_lab.truth import Cause


class FaultClass(Made):
    """A server has a second network by which it answers the client, and filters strictly by the way back."""

    truth = Truth(
        id="rp-filter-drop",
        location={"node": "node-2", "namespace": "default", "pod": "two-nets"},
        # That network leads nowhere, so that answers are lost behind it as well.
        second=Cause("route-wrong", {"node": "node-2", "namespace": "default", "pod": "two-nets"}),
        destination="pod:default/two-nets",
        port=8080,
    )
    modes = ("nftables",)
    scene = (serving("two-nets"),)
    changes = (
        in_pod(
            "two-nets",
            """ip link add net1 type veth peer name net1-peer
            ip link set net1 up
            ip link set net1-peer up
            ip address add 172.30.5.2/24 dev net1
            ip route add 10.244.1.0/24 dev net1""",
            "ip link del net1",
        ),
        Sysctl("node-2", "net/ipv4/conf/eth0/rp_filter", "1", "0", pod="two-nets"),
    )
