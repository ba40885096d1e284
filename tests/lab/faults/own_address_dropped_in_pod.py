# SPDX-License-Identifier: GPL-3.0-or-later
"""The pod's own firewall lets nothing in from the loopback device, so the pod does not reach itself."""

from __future__ import annotations

from podnet_lab.changes import pod_rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving


class FaultClass(Made):
    """The pod's own firewall lets nothing in from the loopback device, so the pod does not reach itself."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-1", "namespace": "default", "pod": "self-1"},
        source="pod:default/self-1",
        destination="pod:default/self-1",
        port=8080,
    )
    scene = (serving("self-1", "node-1"),)
    changes = (pod_rule("self-1", "filter INPUT ! -i eth0 -j DROP"),)
