# SPDX-License-Identifier: GPL-3.0-or-later
"""Of two pods of a Service one serves nothing, and the other one rejects the port by its own rule."""

from __future__ import annotations

from podnet_lab.changes import Objects, pod_rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service
from podnet_lab.truth import Cause

LABELS = {"app": "twofold"}


class FaultClass(Made):
    """Of two pods of a Service one serves nothing, and the other one rejects the port by its own rule."""

    truth = Truth(
        id="netfilter-reject",
        location={"node": "node-1", "namespace": "default", "pod": "twofold-1"},
        second=Cause("port-not-listening", {"namespace": "default", "pod": "twofold-2"}),
        destination="node:node-2",
        port=30197,
        source="node:node-1",
    )
    modes = ("nftables",)
    born_broken = True
    changes = (
        Objects(
            (
                pod("twofold-1", "node-1", labels=LABELS),
                pod("twofold-2", "node-2", ["sleep", "infinity"], labels=LABELS),
                service("twofold", type="NodePort", nodePort=30197),
            ),
            ready=("twofold-1", "twofold-2"),
        ),
        pod_rule("twofold-1", "filter INPUT -p tcp --dport 8080 -j REJECT --reject-with tcp-reset"),
    )
