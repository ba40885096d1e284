# SPDX-License-Identifier: GPL-3.0-or-later
"""A routing rule of node-1 forbids what one user sends: a pod of the host's network runs as that user."""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """A routing rule of node-1 forbids what one user sends: a pod of the host's network runs as that user."""

    truth = Truth(
        id="policy-route-diverts",
        location={"node": "node-1"},
        source="pod:default/host-user-1",
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables", "host-gw")
    scene = (
        Objects(
            (
                pod(
                    "host-user-1",
                    "node-1",
                    command=["sleep", "100000"],
                    container={"securityContext": {"runAsUser": 1000, "runAsGroup": 3000}, "ports": []},
                    hostNetwork=True,
                ),
            ),
            ready=("host-user-1",),
        ),
    )
    traffic = Traffic("node:node-1", "<web-2>", 8080, uid=1000, gid=3000)
    changes = (Run("node-1", "ip rule add pref 44 uidrange 999-1010 to 10.244.2.0/24 prohibit", "ip rule del pref 44"),)
