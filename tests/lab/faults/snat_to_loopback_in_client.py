# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's own namespace gives its packets a loopback address for their source."""

from __future__ import annotations

from podnet_lab.changes import pod_rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The client's own namespace gives its packets a loopback address for their source."""

    truth = Truth(
        id="snat-wrong",
        location={"node": "node-1", "namespace": "default", "pod": "client-1"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables",)
    changes = (pod_rule("client-1", "nat POSTROUTING -o eth0 -p tcp -j SNAT --to-source 127.0.0.9"),)
