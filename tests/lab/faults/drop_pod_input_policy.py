# SPDX-License-Identifier: GPL-3.0-or-later
"""The policy of INPUT in the client's own namespace is DROP: the answers die there."""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The policy of INPUT in the client's own namespace is DROP: the answers die there."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-1", "namespace": "default", "pod": "client-1"},
        destination="pod:default/client-2",
        protocol="icmp",
    )
    changes = (in_pod("client-1", "iptables -P INPUT DROP", "iptables -P INPUT ACCEPT"),)
