# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service of type ExternalName leads to an address, which is no name."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic

LEGACY = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "legacy-1", "namespace": "default"},
    "spec": {"type": "ExternalName", "externalName": "198.51.100.10"},
}


class FaultClass(Made):
    """A Service of type ExternalName leads to an address, which is no name."""

    truth = Truth(
        id="dns-name-missing",
        location={"namespace": "default", "service": "legacy-1"},
        destination="legacy-1.default.svc.cluster.local",
        port=22,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    traffic = Traffic("pod:default/client-1", "legacy-1.default.svc.cluster.local", 22, "name")
    changes = (Objects((LEGACY,)),)
