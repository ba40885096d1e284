# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod of node-2 runs on without its eth0: the pair of devices went when its runtime was started anew.

Public report: containerd/containerd#6549, projectcalico/calico#6423.
"""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving


class FaultClass(Made):
    """A pod of node-2 runs on without its eth0: the pair of devices went when its runtime was started anew."""

    truth = Truth(
        id="device-missing",
        location={"namespace": "default", "pod": "lost-1"},
        source="pod:default/client-2",
        destination="pod:default/lost-1",
        port=8080,
    )
    modes = ("iptables", "host-gw")
    scene = (serving("lost-1"),)
    changes = (
        Run(
            "node-2",
            "true <lost-1> <lost-1.mac> <lost-1.netns>\nip link del <lost-1.veth>",
            """
            ip link add <lost-1.veth> type veth peer name eth0 netns <lost-1.netns>
            ip -n <lost-1.netns> link set eth0 address <lost-1.mac> up
            ip -n <lost-1.netns> address add <lost-1>/24 brd + dev eth0
            ip -n <lost-1.netns> route add default via 10.244.2.1
            ip -n <lost-1.netns> route add 10.244.0.0/16 via 10.244.2.1
            ip link set <lost-1.veth> master cni0 up
            bridge link set dev <lost-1.veth> hairpin on
            """,
        ),
    )
