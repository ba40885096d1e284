# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service sends to the wrong port, and node-2 drops what goes to its only pod."""

from __future__ import annotations

from podnet_lab.changes import Objects, Patched, Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service
from podnet_lab.truth import Cause


class FaultClass(Made):
    """A Service sends to the wrong port, and node-2 drops what goes to its only pod."""

    truth = Truth(
        id="service-target-port-mismatch",
        location={"namespace": "default", "service": "both-1"},
        second=Cause("netfilter-drop", {"node": "node-2"}),
        destination="service:default/both-1",
        port=80,
    )
    modes = ("iptables", "nftables")
    scene = (Objects((pod("both-1"), service("both-1")), ready=("both-1",)),)
    changes = (
        Patched(
            "service both-1",
            [{"op": "replace", "path": "/spec/ports/0/targetPort", "value": 8081}],
            [{"op": "replace", "path": "/spec/ports/0/targetPort", "value": 8080}],
            kind="json",
        ),
        Rule("node-2", "mangle FORWARD -d <both-1>/32 -p tcp -j DROP"),
    )
