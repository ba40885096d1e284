# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service stands for the name of a headless one, and node-2 drops what is for its pod."""

from __future__ import annotations

from podnet_lab.changes import Objects, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service
from podnet_lab.traffic import Traffic

ALIAS = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "store", "namespace": "default"},
    "spec": {"type": "ExternalName", "externalName": "db.default.svc.cluster.local"},
}


class FaultClass(Made):
    """A Service stands for the name of a headless one, and node-2 drops what is for its pod."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="service:default/store", port=8080)
    modes = ("nftables",)
    traffic = Traffic("pod:default/client-1", "store.default.svc.cluster.local", 8080)
    scene = (
        Objects(
            (pod("db-0", labels={"app": "db"}), service("db", clusterIP="None", port=8080), ALIAS), ready=("db-0",)
        ),
    )
    changes = (nft_chain("node-2", "inet", "forward", "ip daddr <db-0> tcp dport 8080 drop"),)
