# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod's hosts file has the right address for a Service's name, and its resolver unusual options."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod

OPTIONS = [{"name": "ndots", "value": "1"}, {"name": "single-request-reopen"}, {"name": "timeout", "value": "1"}]
ALIASED = pod(
    "known-1",
    "node-1",
    hostAliases=[{"ip": "<service:web>", "hostnames": ["web.default.svc.cluster.local"]}],
    dnsConfig={"options": OPTIONS},
)


class FaultClass(Made):
    """A pod's hosts file has the right address for a Service's name, and its resolver unusual options."""

    truth = Truth(id="", source="pod:default/known-1", destination="web.default.svc.cluster.local", port=80)
    scene = (Objects((ALIASED,), ready=("known-1",)),)
