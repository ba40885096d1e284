# SPDX-License-Identifier: GPL-3.0-or-later
"""A rule of kube-proxy on node-1 translates to an address that is no endpoint."""

from __future__ import annotations

from podnet_lab.changes import Frozen, Objects, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """A rule of kube-proxy on node-1 translates to an address that is no endpoint."""

    truth = Truth(
        id="kube-proxy-rules-stale", location={"node": "node-1"}, destination="service:default/one-1", port=80
    )
    scene = (Objects((pod("one-1"), service("one-1")), ready=("one-1",)),)
    changes = (
        Frozen("node-1", "kube-proxy", replaced=True),
        Run(
            "node-1",
            "sh -c \"iptables-save -t nat | grep -e '--to-destination <one-1>:8080' | head -1 | "
            "sed 's/^-A \\(KUBE-SEP-[A-Z0-9]*\\) .*/\\1/' | while read -r chain; do iptables -t nat -F $chain; "
            'iptables -t nat -A $chain -p tcp -j DNAT --to-destination 10.244.2.250:8080; done"',
        ),
    )
