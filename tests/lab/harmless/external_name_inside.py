# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service of type ExternalName is another name of a Service that serves, and lists another port."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic

ALIAS = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "front", "namespace": "default"},
    "spec": {
        "type": "ExternalName",
        "externalName": "web.default.svc.cluster.local",
        "ports": [{"name": "main", "port": 8000}],
    },
}


class FaultClass(Made):
    """A Service of type ExternalName is another name of a Service that serves, and lists another port."""

    truth = Truth(id="", destination="service:default/front", port=80)
    modes = ("iptables", "nftables")
    traffic = Traffic("pod:default/client-1", "front.default.svc.cluster.local", 80)
    scene = (Objects((ALIAS,)),)
