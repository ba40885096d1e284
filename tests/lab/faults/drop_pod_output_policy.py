# SPDX-License-Identifier: GPL-3.0-or-later
"""The policy of OUTPUT in the client's own namespace is DROP."""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The policy of OUTPUT in the client's own namespace is DROP."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-1", "namespace": "default", "pod": "client-1"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables", "nftables")
    changes = (in_pod("client-1", "iptables -P OUTPUT DROP", "iptables -P OUTPUT ACCEPT"),)
