# SPDX-License-Identifier: GPL-3.0-or-later
"""kube-proxy calls its node by another name, takes each pod for a remote one, and drops Local traffic.

It is dropped on the very node that has the pod. Public report: kubernetes/kubernetes#71851.
"""

from __future__ import annotations

from podnet_lab.changes import Objects, Patched
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """kube-proxy calls its node by another name, takes each pod for a remote one, and drops Local traffic."""

    truth = Truth(
        id="kube-proxy-node-name-wrong",
        location={"node": "node-2"},
        source="host:outside",
        destination="node:node-2",
        port=30091,
    )
    settle_seconds = 100
    scene = (
        Objects(
            (pod("local-1"), service("local-1", type="NodePort", nodePort=30091, externalTrafficPolicy="Local")),
            ready=("local-1",),
        ),
    )
    changes = (
        Patched(
            "daemonset kube-proxy kube-system",
            [
                {
                    "op": "replace",
                    "path": "/spec/template/spec/containers/0/command/2",
                    "value": "--hostname-override=$(NODE_NAME).lab",
                }
            ],
            [
                {
                    "op": "replace",
                    "path": "/spec/template/spec/containers/0/command/2",
                    "value": "--hostname-override=$(NODE_NAME)",
                }
            ],
            kind="json",
            rollout=True,
        ),
    )
