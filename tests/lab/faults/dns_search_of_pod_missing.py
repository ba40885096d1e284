# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod has the right DNS server, and no search list: short names are not found."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod


class FaultClass(Made):
    """A pod has the right DNS server, and no search list: short names are not found."""

    truth = Truth(
        id="dns-config-wrong",
        location={"namespace": "default", "pod": "lost-2"},
        source="pod:default/lost-2",
        destination="web.default",
        port=80,
    )
    born_broken = True
    changes = (
        Objects(
            (pod("lost-2", "node-1", dnsPolicy="None", dnsConfig={"nameservers": ["10.96.0.10"]}),), ready=("lost-2",)
        ),
    )
