# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod's resolver has every option that was ever told against lost answers, and works.

Public report: kubernetes/kubernetes#56903.
"""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod

OPTIONS = [
    {"name": "use-vc"},
    {"name": "single-request-reopen"},
    {"name": "timeout", "value": "2"},
    {"name": "attempts", "value": "3"},
    {"name": "edns0"},
    {"name": "trust-ad"},
    {"name": "ndots", "value": "2"},
]


class FaultClass(Made):
    """A pod's resolver has every option that was ever told against lost answers, and works."""

    truth = Truth(id="", source="pod:default/options-1", destination="web.default.svc.cluster.local", port=80)
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (Objects((pod("options-1", "node-1", dnsConfig={"options": OPTIONS}),), ready=("options-1",)),)
