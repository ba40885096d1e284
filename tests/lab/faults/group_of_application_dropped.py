# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's namespace drops what the group of its application sends."""

from __future__ import annotations

from podnet_lab.changes import Objects, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """The client's namespace drops what the group of its application sends."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-1", "namespace": "default", "pod": "user-1"},
        source="pod:default/user-1",
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables", "nftables")
    scene = (
        Objects(
            (pod("user-1", "node-1", container={"securityContext": {"runAsUser": 1000, "runAsGroup": 3000}}),),
            ready=("user-1",),
        ),
    )
    traffic = Traffic("pod:default/user-1", "<web-2>", 8080, uid=1000, gid=3000)
    changes = (nft_chain("node-1", "inet", "output", "meta skgid 3000 tcp dport 8080 drop", pod="user-1"),)
