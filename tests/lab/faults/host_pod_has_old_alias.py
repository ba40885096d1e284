# SPDX-License-Identifier: GPL-3.0-or-later
"""The hosts file of a pod on its node's network has an old address for a Service's name."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod

OLD = pod(
    "host-4",
    "node-1",
    ["sleep", "infinity"],
    hostNetwork=True,
    dnsPolicy="ClusterFirstWithHostNet",
    hostAliases=[{"ip": "10.244.2.99", "hostnames": ["web.default.svc.cluster.local"]}],
)


class FaultClass(Made):
    """The hosts file of a pod on its node's network has an old address for a Service's name."""

    truth = Truth(
        id="dns-hosts-file",
        location={"node": "node-1", "namespace": "default", "pod": "host-4"},
        source="pod:default/host-4",
        destination="web.default.svc.cluster.local",
        port=80,
    )
    modes = ("nftables",)
    born_broken = True
    changes = (Objects((OLD,), ready=("host-4",)),)
