# SPDX-License-Identifier: GPL-3.0-or-later
"""The hosts file has an old address for the short name, the full one is asked, and the pod drops it itself."""

from __future__ import annotations

from podnet_lab.changes import Objects, pod_rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod

ALIASED = pod("aliased-2", "node-1", hostAliases=[{"ip": "10.244.2.99", "hostnames": ["web", "web.default"]}])


class FaultClass(Made):
    """The hosts file has an old address for the short name, the full one is asked, and the pod drops it itself."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-1", "namespace": "default", "pod": "aliased-2"},
        source="pod:default/aliased-2",
        destination="web.default.svc.cluster.local",
        port=80,
    )
    modes = ("nftables",)
    scene = (Objects((ALIASED,), ready=("aliased-2",)),)
    changes = (pod_rule("aliased-2", "filter OUTPUT -d 10.96.0.0/12 -p tcp --dport 80 -j DROP"),)
