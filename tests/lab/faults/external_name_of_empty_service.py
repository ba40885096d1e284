# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service of type ExternalName is another name of a Service that no pod is behind."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import service
from podnet_lab.traffic import Traffic

ALIAS = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "front", "namespace": "default"},
    "spec": {"type": "ExternalName", "externalName": "backstage.default.svc.cluster.local"},
}


class FaultClass(Made):
    """A Service of type ExternalName is another name of a Service that no pod is behind."""

    truth = Truth(
        id="service-selector-mismatch",
        location={"namespace": "default", "service": "backstage"},
        destination="service:default/front",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    traffic = Traffic("pod:default/client-1", "front.default.svc.cluster.local", 80)
    changes = (Objects((service("backstage", app="nobody"), ALIAS)),)
