# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod searches a domain whose server knows every name, so an outside name leads elsewhere."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.dns_responder import PORT, forwarded, wildcard
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod


class FaultClass(Made):
    """A pod searches a domain whose server knows every name, so an outside name leads elsewhere."""

    truth = Truth(
        id="dns-search-ndots",
        location={"namespace": "default", "pod": "corp-1"},
        source="pod:default/corp-1",
        destination="outside.lab.example",
        port=22,
    )
    modes = ("iptables", "host-gw")
    changes_pods = True
    scene = (
        Objects((pod("corp-1", "node-1", dnsConfig={"searches": ["corp.example"]}),), ready=("corp-1",)),
        wildcard("198.51.100.99"),
    )
    changes = (forwarded("corp.example", f"203.0.113.53:{PORT}"),)
