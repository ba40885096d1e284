# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service of type ExternalName names a port and its target, and nobody translates ports of a name."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """A Service of type ExternalName names a port and its target, and nobody translates ports of a name."""

    truth = Truth(
        id="service-port-missing", location={"namespace": "default"}, destination="service:default/alias-1", port=8000
    )
    modes = ("iptables", "nftables")
    born_broken = True
    traffic = Traffic("pod:default/client-1", "alias-1.default.svc.cluster.local", 8000)
    changes = (
        Objects(
            (
                {
                    "apiVersion": "v1",
                    "kind": "Service",
                    "metadata": {"name": "alias-1", "namespace": "default"},
                    "spec": {
                        "type": "ExternalName",
                        "externalName": "web.default.svc.cluster.local",
                        "ports": [{"name": "main", "port": 8000, "targetPort": 80}],
                    },
                },
            )
        ),
    )
